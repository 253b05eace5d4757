"""Reports of a run: for a CI server (JUnit XML), for programs (JSON), and for people (one HTML page).

Each is a text made of a `RunResult`, which is masked already; nothing here reads or writes a file.
"""

from saklar.network_sim.scenario.reports.document import document
from saklar.network_sim.scenario.reports.junit import junit
from saklar.network_sim.scenario.reports.page import page

__all__ = ["document", "junit", "page"]
