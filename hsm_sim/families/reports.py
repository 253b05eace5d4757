"""What the commands have in common that report on the HSM itself (J2, J4, J8, JK, NO, NI).

Where a field stands for hardware that a software HSM does not have, it says so: no tampers, no console.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.layout import Part, Reader, Values, characters, digits

SERIAL_NUMBER = "SAKLAR000000"

_SERIAL = characters("serial_number", 12, "always the same", shown=True)


def _moment(name: str, about: str) -> tuple[Part, ...]:
    return (
        digits(f"{name}_date", 6, f"{about}: year, month, day (UTC)", shown=True),
        digits(f"{name}_time", 6, f"{about}: hours, minutes, seconds", shown=True),
    )


NOW: tuple[Part, ...] = (_SERIAL, *_moment("current", "now"))
PERIOD: tuple[Part, ...] = (
    _SERIAL,
    *_moment("start", "start of the period: of the HSM"),
    *_moment("end", "its end: now"),
    *_moment("current", "now"),
)
SECONDS = digits("seconds", 10, "length of the period", shown=True)


def now(unit: Unit) -> Values:
    """The fields of `NOW`."""
    return {"serial_number": SERIAL_NUMBER} | _said("current", unit.state.clock())


def period(unit: Unit) -> Values:
    """The fields of `PERIOD`."""
    current = unit.state.clock()
    start, end = _said("start", unit.state.started), _said("end", current)
    return {"serial_number": SERIAL_NUMBER} | start | end | _said("current", current)


def seconds(unit: Unit) -> int:
    """Whole seconds since the start."""
    return int((unit.state.clock() - unit.state.started).total_seconds())


def _said(name: str, moment: datetime) -> dict[str, str]:
    return {f"{name}_date": f"{moment:%y%m%d}", f"{name}_time": f"{moment:%H%M%S}"}


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one form, as many as there are; together they are one field."""

    name: str
    pattern: re.Pattern[str]
    form: str
    about: str

    @property
    def shown(self) -> tuple[str, ...]:
        """None of them is a secret."""
        return (self.name,)

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        values[self.name] = reader.take(self.pattern, self.name)

    def write(self, values: Values) -> str:
        """See `Part`."""
        return values.get(self.name, "")

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.name, self.form, self.about


def records(name: str, one: str, form: str, about: str) -> Records:
    """Records that each match a pattern."""
    return Records(name, re.compile(f"(?:{one})*"), f"n x ({form})", about)
