"""What was measured, for people: pages with plots, and on what machine it was."""

from saklar.bench.report.page import page_of

__all__ = ["page_of"]
