"""The HSM's part in a connection, without the connection: frames in, what goes out for them and when."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from saklar.codecs import FrameError, framing
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.counters import UNKNOWN, Counters
from saklar.hsm_sim.errors import HsmError
from saklar.hsm_sim.server.faults import Fault, Faults
from saklar.hsm_sim.server.trace import request_line, response_line
from saklar.hsm_sim.unit import Hsm, refusal

MAX_FRAME = 32_768
"""Bytes in a frame; real units take some 2 to 32 KB."""

MAX_HEADER = 255

INTERNAL_ERROR = "41"

_KEY_PAIR = b"EI"

_RESPONSES = framing("binary-2", MAX_FRAME + MAX_HEADER)


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes for the client, and seconds by which they are to be late."""

    framed: bytes
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Replies to the frames of one read, and why the connection ends after them, if it does."""

    replies: list[Reply]
    end: str | None = None


class Responder:
    """Answers the frames of one connection.

    Args:
        hsm: does the commands.
        header_length: bytes before each command that go back before its response.
        counters: count them.
        faults: what goes wrong on purpose.
        log: takes lines about this client.
        trace: log each request and response, secrets masked.
    """

    def __init__(
        self,
        hsm: Hsm,
        header_length: int,
        counters: Counters,
        faults: Faults | None,
        log: FilteringBoundLogger,
        *,
        trace: bool,
    ) -> None:
        self._hsm = hsm
        self._header_length = header_length
        self._counters = counters
        self._faults = faults
        self._log = log
        self._trace = trace

    def key_pair_wanted(self, frame: bytes) -> int | None:
        """Bits of the RSA key pair that the frame asks for, if it does: making it takes up to a second."""
        start = self._header_length
        if frame[start : start + 2] != _KEY_PAIR:
            return None
        from saklar.hsm_sim.commands import ei  # noqa: PLC0415 (and its RSA: every switch would wait for it to start)

        try:
            bits = int(ei.COMMAND.read_request(frame[start + 2 :].decode("latin-1"))["modulus_bits"])
        except HsmError:
            return None
        return bits if bits in ei.MODULUS_BITS else None

    def take_key_pair(self, bits: int, private_key: bytes) -> None:
        """Keep a key pair for the frame that wants it."""
        self._hsm.take_key_pair(bits, private_key)

    def answer(self, frames: Iterable[bytes]) -> Answer:
        """Do the commands in the frames, in order.

        A frame too short for header and command code has no answer, as there is no header to send back. It ends
        the connection, as do an error that `frames` raises and a fault.
        """
        replies: list[Reply] = []
        try:
            for frame in frames:
                header, command = self._cut(frame)
                fault = None if self._faults is None else self._strike(self._faults, command)
                delay_s = 0.0 if fault is None else fault.delay_s
                if fault is not None and fault.close:
                    return Answer([*replies, Reply(b"", delay_s)], f"the fault {fault.text}")
                replies.append(Reply(_RESPONSES.encode(header + self._respond(command, fault)), delay_s))
        except FrameError as error:
            return Answer(replies, str(error))
        return Answer(replies)

    def _cut(self, frame: bytes) -> tuple[bytes, bytes]:
        """Header and command."""
        if len(frame) < self._header_length + 2:
            raise FrameError(f"a frame of {len(frame)} bytes is too short for header and command code")
        return frame[: self._header_length], frame[self._header_length :]

    def _strike(self, faults: Faults, command: bytes) -> Fault | None:
        fault = faults.of_command(_code(command))
        self._counters.faults += fault is not None
        return fault

    def _respond(self, command: bytes, fault: Fault | None) -> bytes:
        if self._trace:
            self._log.info("hsm.request", **request_line(command))
        started = time.perf_counter_ns()
        response = refusal(command, fault.error) if fault is not None and fault.error else self._execute(command)
        spent = time.perf_counter_ns() - started
        code = _code(command)
        known = code if code in COMMANDS else UNKNOWN
        self._counters.command(known, response[2:4].decode("latin-1"), started, spent)
        if self._trace:
            struck = {} if fault is None else {"fault": fault.text}
            self._log.info("hsm.response", **response_line(_code(command), response), **struck)
        return response

    def _execute(self, command: bytes) -> bytes:
        try:
            return self._hsm.execute(command)
        except Exception as error:  # noqa: BLE001 (a bug in one command must not end the connections of all clients)
            # Where it was raised, and not what it says: its text may quote the request.
            file, line, *_ = traceback.extract_tb(error.__traceback__)[-1]
            self._log.error("hsm.command_failed", error=type(error).__name__, file=file, line=line)
            return refusal(command, INTERNAL_ERROR)


def _code(command: bytes) -> str:
    return command[:2].decode("latin-1")
