"""How the lines of a draft follow each other: in the order of time, and long ones going on below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from saklar.network_sim.scenario.language.values import quote

LINE = 110
WAIT_S = 1.0
"""A pause that is shorter is not written."""

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(frozen=True, slots=True)
class Moment:
    """Lines of a scenario: from when until when what they say was heard, and whether they send."""

    at_s: float
    until_s: float
    lines: list[str]
    sends: bool = False


def in_order(moments: Iterable[Moment]) -> Iterator[str]:
    """The lines as they follow each other in time, with the pauses before what is sent."""
    reached: float | None = None
    for moment in sorted(moments, key=lambda moment: moment.at_s):
        gap = moment.at_s - reached if reached is not None else 0.0
        if moment.sends and gap >= WAIT_S:
            yield f"wait {gap:.0f} s"
        yield from moment.lines
        reached = moment.until_s if reached is None else max(reached, moment.until_s)


def word(text: str) -> str:
    """A text as a word of the language, in quotes where it is none."""
    return text if text and set(text) <= PLAIN | set("-") else quote(text)


def step_lines(party: str, verb: str, items: Sequence[str], clauses: str) -> list[str]:
    """A step, going on in indented lines where it is long."""
    lines = [f"{party} {verb}"]
    for item in [*items, *filter(None, [clauses])]:
        if len(lines[-1]) + len(item) > LINE:
            lines.append("  " + item)
        else:
            lines[-1] += f" {item}"
    return lines
