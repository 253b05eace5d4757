"""Terminals by the hundred: each with its own DE 41 and 42 and its own card, from a table or made."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from saklar.network_sim.scenario.facts import CardFacts, PartyFacts, TerminalFacts, TerminalsFacts
from saklar.network_sim.scenario.language.source import Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Option, Terminals, Text
from saklar.network_sim.scenario.rates import parse_rate

MAX_TERMINALS = 10_000
COLUMNS = ("terminal", "merchant", "card", "pan", "expiry", "pin")
"""Of a table of terminals: DE 41, DE 42, a declared card, or one of its own."""

_LENGTHS: Mapping[str, tuple[int, int]] = {
    "terminal": (1, 8),
    "merchant": (1, 15),
    "pan": (12, 19),
    "expiry": (4, 4),
    "pin": (4, 12),
}
_DIGITS = frozenset({"pan", "expiry", "pin"})

Said = Callable[[Text], str]


def terminals_of(
    declared: Terminals, said: Said, parties: Mapping[str, PartyFacts], cards: Mapping[str, CardFacts]
) -> tuple[TerminalsFacts, dict[str, CardFacts]]:
    """The terminals of a declaration, and the cards that only they have, by name.

    Raises:
        Wrong: something in it, or in its table, is not as it should be.
    """
    party = parties.get(declared.party)
    acquirers = [name for name, facts in parties.items() if facts.role == "acquirer"]
    if party is None or party.role != "acquirer":
        raise Wrong(declared.span, f"there is no acquirer {declared.party!r}", did_you_mean(declared.party, acquirers))
    count = said(declared.count)
    if not (count.isdecimal() and 0 < int(count) <= MAX_TERMINALS):
        raise Wrong(declared.count.span, f"terminals are 1 to {MAX_TERMINALS}")
    options = {option.name: option for option in declared.options}
    rate = _rate(options.get("each"), said)
    names = _card_names(options.get("cards"), said, cards)
    rows = _rows(options["in"], said) if "in" in options else [{}]
    own: dict[str, CardFacts] = {}
    found = []
    for number in range(int(count)):
        row = rows[number % len(rows)]
        card = row.get("card") or (names[number % len(names)] if names else "")
        if "pan" in row:
            card = f"{declared.party} {number % len(rows) + 1}"
            own.setdefault(card, _card(card, row))
        elif card and card not in cards:
            raise Wrong(options["in"].span, f"there is no card {card!r}", did_you_mean(card, cards))
        found.append(TerminalFacts(row.get("terminal", f"{number + 1:08d}"), row.get("merchant", party.merchant), card))
    return TerminalsFacts(declared.party, tuple(found), rate), own


def _card(name: str, row: Mapping[str, str]) -> CardFacts:
    card = CardFacts(name, row["pan"], row.get("expiry", "4912"))
    return replace(card, pin=row["pin"]) if "pin" in row else card


def _rate(option: Option | None, said: Said) -> float:
    if option is None:
        return 0.0
    try:
        return parse_rate(said(option.values[0]))
    except ValueError as error:
        raise Wrong(option.span, str(error)) from None


def _card_names(option: Option | None, said: Said, cards: Mapping[str, CardFacts]) -> list[str]:
    names = [said(value) for value in option.values] if option is not None else []
    for name in names:
        if name not in cards and option is not None:
            raise Wrong(option.span, f"there is no card {name!r}", did_you_mean(name, cards))
    return names


def _rows(option: Option, said: Said) -> list[dict[str, str]]:
    """The rows of a table of terminals; a cell that is empty says nothing."""
    path = Path(option.span.file).parent / said(option.values[0])
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except OSError as error:
        raise Wrong(option.span, f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Wrong(option.span, f"{path}: not CSV: {error}") from None
    if len(lines) < 2:
        raise Wrong(option.span, f"{path}: a line of names and at least one of values are expected")
    names = [name.strip() for name in lines[0]]
    for name in names:
        if name not in COLUMNS:
            hint = did_you_mean(name, COLUMNS) or f"columns are {', '.join(COLUMNS)}"
            raise Wrong(option.span, f"{path}: {name!r} is nothing that a terminal has", hint)
    return [_row(names, line, f"{path}:{number}", option.span) for number, line in enumerate(lines[1:], 2)]


def _row(names: list[str], line: list[str], place: str, span: Span) -> dict[str, str]:
    if len(line) != len(names):
        raise Wrong(span, f"{place}: {len(line)} values, but there are {len(names)} names")
    row = {name: value.strip() for name, value in zip(names, line, strict=True) if value.strip()}
    for name, value in row.items():
        least, most = _LENGTHS.get(name, (1, len(value)))
        if not least <= len(value) <= most or (name in _DIGITS and not value.isdecimal()):
            what = "digits" if name in _DIGITS else "characters"
            raise Wrong(span, f"{place}: {name} has {least} to {most} {what}")
    return row
