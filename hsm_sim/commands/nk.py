"""NK: several commands in one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Reader, Values, digits

MAX_COMMANDS = 99

_LENGTH = re.compile("[0-9]{4}")

_NOT_IN_CHAINS = ("NK", "EI")
"""Itself, and what takes so long that a chain of it would keep every other client waiting."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """So many messages as `count` says, each behind its length in four digits; together they are one field."""

    name: str

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        start = reader.rest
        for _ in range(int(values["count"])):
            reader.take_count(int(reader.take(_LENGTH, "length")), self.name)
        values[self.name] = start[: len(start) - len(reader.rest)]

    def write(self, values: Values) -> str:
        """See `Part`."""
        return values.get(self.name, "")

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [(self.name, "n x (4N, nB)", "each behind its length")]


def chained(messages: list[str]) -> str:
    """Messages, each behind its length."""
    return "".join(f"{len(message):04d}{message}" for message in messages)


def execute(unit: Unit, request: Values) -> Values:
    """Do one after the other, whatever the others end with; give all the responses."""
    commands = _messages(request["commands"])
    if not commands:
        raise HsmError(ErrorCode.COUNT, "count: no commands")
    if any(command[:2] in _NOT_IN_CHAINS for command in commands):
        raise HsmError(ErrorCode.INVALID_INPUT, f"commands: {', '.join(_NOT_IN_CHAINS)} cannot be in NK")
    return {"count": request["count"], "responses": chained([unit.perform(command) for command in commands])}


def _messages(chain: str) -> list[str]:
    reader, messages = Reader(chain), []
    while reader.rest:
        messages.append(reader.take_count(int(reader.take(_LENGTH, "length")), "commands"))
    return messages


COMMAND = Command(
    code="NK",
    title="Several commands in one",
    request=(
        digits("header_flag", 1, "0: the commands have no message headers", shown=True),
        digits("count", 2, "how many", shown=True),
        _Chain("commands"),
    ),
    response=(digits("count", 2, "how many", shown=True), _Chain("responses")),
    execute=execute,
)
