"""The state machines as Mermaid draws them: `python -m saklar.switch.engine.drawing` prints them for the docs."""

import enum
from collections.abc import Mapping
from typing import TypeVar

from saklar.switch.engine.model import NEXT
from saklar.switch.engine.saf import NEXT_STAGE

S = TypeVar("S", bound=enum.Enum)


def drawn(table: Mapping[S, Mapping[S, str]]) -> str:
    """A state diagram of the transitions, and a table of what each state waits for."""
    states = list(table)
    start, end = states[0], next(state for state in states if not table[state])
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {start.name}"]
    lines += [
        f"    {state.name} --> {to.name} : {_plain(cause)}" for state in states for to, cause in table[state].items()
    ]
    lines += [f"    {end.name} --> [*]", "```", "", "| state | waits for |", "| --- | --- |"]
    lines += [f"| {state.name} | {state.value} |" for state in states]
    return "\n".join(lines)


def _plain(cause: str) -> str:
    """Without what Mermaid takes for the end of a label."""
    return cause.replace(":", ",").replace(";", ",")


if __name__ == "__main__":
    print(f"{drawn(NEXT)}\n\n{drawn(NEXT_STAGE)}")  # noqa: T201 (it is what it is for)
