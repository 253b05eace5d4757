"""Routes in a CSV file: a range a line, for tables that are too long for the configuration."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from saklar.switch.engine import BinRange, Route, RouteError

COLUMNS = ("bin", "issuers")
"""A BIN or a range of BINs; issuers in the order in which they are asked, with spaces between them."""


def read_routes(path: Path) -> Iterator[tuple[BinRange, Route]]:
    """The ranges of a file, each with its route; lines with the same issuers share one.

    Raises:
        RouteError: the file cannot be read, or a line has no range or no issuers; says file and line.
    """
    routes: dict[str, Route] = {}
    try:
        with path.open(newline="") as file:
            lines = csv.reader(file)
            if tuple(next(lines, ())) != COLUMNS:
                raise RouteError(f"{path}:1: {','.join(COLUMNS)} is expected")
            for line in lines:
                yield _entry(line, routes, f"{path}:{lines.line_num}")
    except OSError as error:
        raise RouteError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RouteError(f"{path}: not CSV: {error}") from None


def _entry(line: list[str], routes: dict[str, Route], place: str) -> tuple[BinRange, Route]:
    if len(line) != len(COLUMNS) or not line[1].strip():
        raise RouteError(f"{place}: a range and its issuers are expected")
    try:
        bin_range = BinRange.parse(line[0])
    except RouteError as error:
        raise RouteError(f"{place}: {error}") from None
    route = routes.get(line[1])
    if route is None:
        route = routes[line[1]] = Route(tuple(line[1].split()))
    return bin_range, route
