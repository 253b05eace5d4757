"""What is out on one connection, and which command a response belongs to. It does no I/O and reads no clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

Done = Callable[[bytes | None], None]

COUNTED_HEADER = 4
"""Characters of header from which a command can be told by a number; with fewer, responses are taken in order."""

MAX_OUT = 16_384
"""Commands without a response on one connection, some of them answered elsewhere long ago. Few enough for the numbers
to last until somebody looks for trouble again, and more than may be pending."""


@dataclass(slots=True, eq=False)
class Command:
    """A command on its way.

    Attributes:
        request: code and fields, without header.
        done: is told the response, or None if there will be none.
        deadline: seconds on the clock, when it is over.
        bound: it is for the connection it was sent on, and goes to no other.
        tries: the connections it was sent on.
        expires: seconds on the clock, when its latest try is over.
    """

    request: bytes = field(repr=False)
    done: Done
    deadline: float
    bound: bool = False
    tries: list[Exchange] = field(default_factory=list, repr=False)
    expires: float = 0.0


class Exchange:
    """One connection as the dispatcher knows it.

    A command stays here until its response comes, even if it was answered elsewhere or given up: a late response
    is then known for what it is.

    Args:
        hsm: the name of the HSM at the other end.
        header_length: as the HSM is set to.
        send: takes header and command to the connection; may raise FrameError.
        close: ends the connection, for a reason.
    """

    def __init__(
        self, hsm: str, header_length: int, send: Callable[[bytes], None], close: Callable[[str], None]
    ) -> None:
        self.hsm = hsm
        self.close = close
        self._send = send
        self._header_length = header_length
        self._counted = header_length >= COUNTED_HEADER
        self._numbers = itertools.count()
        self._out: dict[bytes, tuple[Command, float]] = {}
        """By number, each with the time at which it was sent; the oldest first."""
        self._answered_at = float("-inf")

    @property
    def waits(self) -> bool:
        """Whether a response is due, or late."""
        return bool(self._out)

    def post(self, command: Command, now: float) -> None:
        """Send a command.

        Raises:
            FrameError: it is too long for a frame; then it is not out.
        """
        number = self._next_number()
        header = number if self._counted else b"0" * self._header_length
        self._send(header + command.request)
        self._out[number] = command, now

    def take(self, frame: bytes, now: float) -> tuple[Command, bytes] | None:
        """The command that this frame answers, and its response without header; None if it answers none."""
        header, response = frame[: self._header_length], frame[self._header_length :]
        posted = self._out.pop(self._number_of(header), None)
        if posted is None:
            return None
        self._answered_at = now
        return posted[0], response

    def trouble(self, now: float, silence_s: float, limit_s: float) -> str | None:
        """Why this connection can be used no more: nothing has come for so long, or one response is missing."""
        if not self._out:
            return None
        _, sent_at = next(iter(self._out.values()))
        if now - max(sent_at, self._answered_at) >= silence_s:
            return f"no response for {silence_s:g} s"
        if now - sent_at >= limit_s:
            return f"a response has been missing for {limit_s:g} s"
        if len(self._out) > MAX_OUT:
            return f"{len(self._out)} responses are missing"
        return None

    def abandon(self) -> list[Command]:
        """The commands without a response, the oldest first; none is out any more."""
        commands = [command for command, _ in self._out.values()]
        self._out.clear()
        return commands

    def _next_number(self) -> bytes:
        """A number that is not out; with `MAX_OUT` some are always free."""
        while True:
            number = b"%0*X" % (self._header_length, next(self._numbers) % 16**COUNTED_HEADER)
            if number not in self._out:
                return number

    def _number_of(self, header: bytes) -> bytes:
        if self._counted:
            return header
        return next(iter(self._out), b"") if header == b"0" * self._header_length else b""
