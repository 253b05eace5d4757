"""The program `saklar`: one file a verb, each thin. It may import every room; no room imports it."""

from saklar.cli.app import main

__all__ = ["main"]
