"""What happens in a case, written down as it happens, masked at once."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal, TypeVar

import trio

from saklar.codecs import DecodeError, Message
from saklar.network_sim.scenario.language.source import Span
from saklar.network_sim.scenario.result import (
    ActEvent,
    AnyEvent,
    Check,
    ExpectEvent,
    MessageEvent,
    MessageState,
    Place,
    RemarkEvent,
)
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.views import fields_of, title_of, wire_of

MAX_EVENTS = 20_000
"""Of one case; a load has more, and keeps its counts instead."""

TABLE_ROW = "|"
"""Begins the rows of a table, whose cells may be secret."""

Origin = Literal["step", "rule", "network"]
SomeEvent = TypeVar("SomeEvent", bound=AnyEvent)


class Recorder:
    """The events of a case.

    Args:
        scope: masks what texts say.
        lines: of the files, to show the line of a step.
        clock: seconds.
    """

    def __init__(
        self, scope: Scope, lines: Mapping[str, tuple[str, ...]], clock: Callable[[], float] = trio.current_time
    ) -> None:
        self.events: list[AnyEvent] = []
        self._scope = scope
        self._lines = lines
        self._clock = clock
        self._began = clock()

    @property
    def elapsed_s(self) -> float:
        """Since the beginning of the case."""
        return self._clock() - self._began

    @property
    def last_at(self) -> float:
        """When the last event was, by the clock."""
        return self._began + (self.events[-1].at_s if self.events else 0.0)

    def place(self, span: Span) -> Place:
        """A place with its line, masked."""
        lines = self._lines.get(span.file, ())
        text = lines[span.line - 1] if 0 < span.line <= len(lines) else ""
        return Place(span.file, span.line, span.column, self._scope.masked(text).strip())

    def listing(self, spans: Iterable[Span]) -> tuple[Place, ...]:
        """The lines of steps, indented and masked, with those that go on with them; without rows of tables."""
        starts = {(span.file, span.line): span for span in spans}
        return tuple(line for span in starts.values() for line in self._lines_of(span, starts))

    def _lines_of(self, span: Span, starts: Container[tuple[str, int]]) -> Iterator[Place]:
        lines = self._lines.get(span.file, ())
        for number in range(span.line, len(lines) + 1):
            line = lines[number - 1]
            goes_on = number > span.line
            deeper = _indent(line) > _indent(lines[span.line - 1])
            if goes_on and ((span.file, number) in starts or not deeper or line.lstrip().startswith(TABLE_ROW)):
                return
            yield Place(span.file, number, 0 if goes_on else span.column, self._scope.masked(line).rstrip())

    def _add(self, event: SomeEvent) -> SomeEvent:
        numbered = replace(event, number=len(self.events) + 1, at_s=self.elapsed_s)
        if len(self.events) < MAX_EVENTS:
            self.events.append(numbered)
        return numbered

    def message(
        self,
        message: Message,
        sender: str,
        receiver: str,
        owner: str,
        *,
        origin: Origin,
        state: MessageState | None = None,
        span: Span | None = None,
        label: str = "",
        note: str = "",
    ) -> MessageEvent:
        """A message that was sent or received."""
        wire = wire_of(message, self._scope)
        return self._add(
            MessageEvent(
                sender=sender,
                receiver=receiver,
                owner=owner,
                state=state or ("sent" if owner == sender else "received"),
                origin=origin,
                mti=message.mti,
                title=title_of(message.mti),
                fields=fields_of(message, self._scope),
                wire=wire,
                size=sum(len(piece.data) // 2 for piece in wire),
                label=label,
                note=self._scope.masked(note),
                place=self.place(span) if span is not None else None,
            )
        )

    def undecodable(self, error: DecodeError, size: int, sender: str, receiver: str) -> MessageEvent:
        """Bytes that are no message; what could be read of them is shown, and no byte of the rest."""
        return self._add(
            MessageEvent(
                sender=sender,
                receiver=receiver,
                owner=receiver,
                state="undecodable",
                origin="network",
                mti=error.partial.mti,
                title="no message",
                fields=fields_of(error.partial, self._scope),
                size=size,
                note=str(error),
            )
        )

    def raw(self, size: int, sender: str, receiver: str, span: Span) -> MessageEvent:
        """Bytes that a step sent as they are."""
        return self._add(
            MessageEvent(
                sender=sender,
                receiver=receiver,
                owner=sender,
                state="sent",
                origin="step",
                mti="",
                title=f"{size} bytes as they are",
                size=size,
                place=self.place(span),
            )
        )

    def act(self, subject: str, verb: str, note: str = "", span: Span | None = None) -> ActEvent:
        """Something that was done, or happened."""
        place = self.place(span) if span is not None else None
        return self._add(ActEvent(subject=subject, verb=verb, note=self._scope.masked(note), place=place))

    def expectation(
        self,
        party: str,
        what: str,
        span: Span,
        *,
        checks: tuple[Check, ...] = (),
        message: int = 0,
        waited_s: float = 0.0,
        problem: str = "",
    ) -> ExpectEvent:
        """An expectation; it passed if there is no problem and every check did."""
        masked = self._masked(checks)
        return self._add(
            ExpectEvent(
                party=party,
                what=self._scope.masked(what),
                passed=not problem and all(check.passed for check in checks),
                checks=masked,
                message=message,
                waited_s=waited_s,
                problem=self._scope.masked(problem),
                place=self.place(span),
            )
        )

    def _masked(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        return tuple(map(self._masked_check, checks))

    def _masked_check(self, check: Check) -> Check:
        """Where what came is what was expected, no more is seen of the one than of the other."""
        scope = self._scope
        actual = scope.element(check.path, check.actual)
        expected = actual if check.expected == check.actual else scope.expected(check.path, check.expected)
        return replace(check, expected=scope.masked(expected), actual=scope.masked(actual))

    def remark(self, text: str, span: Span | None = None) -> RemarkEvent:
        """A line for people."""
        return self._add(
            RemarkEvent(text=self._scope.masked(text), place=self.place(span) if span is not None else None)
        )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else 0
