"""One connection of a party: frames in and out, through what faults and a frozen party do to them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import trio

from saklar.codecs import FrameError, Framing
from saklar.switch.links import FramedStream, FrameTimeout

FRAME_TIMEOUT_S = 30.0
WRITE_TIMEOUT_S = 30.0
OUTBOX = 10_000
"""Frames that may wait to be written."""

MOST_AT_ONCE = 65_536
"""Bytes that leave in one call, and a frame more."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of a payload: its bytes, so many seconds later.

    `framed` is false where the bytes have their frame, or none. An action is done to the connection after it.
    """

    payload: bytes
    after_s: float = 0.0
    framed: bool = True
    then: Literal["", "close", "reset"] = ""


class Tap(Protocol):
    """What faults do to payloads: the seam for everything that goes wrong on the wire on purpose.

    Each method is given a payload, without its frame, and says what is to be delivered in its place, in order: the
    same to let it pass, nothing to lose it. It may keep a payload, and deliver it with a later one.
    """

    def sending(self, payload: bytes) -> Iterable[Delivery]:
        """Before the party's own payload leaves."""

    def receiving(self, payload: bytes) -> Iterable[Delivery]:
        """Before the party sees a payload."""


class Wire:
    """A connection.

    Args:
        stream: closed at the end of `run`.
        framing: of its frames.
        tap: what happens to payloads on their way.
        frozen: while it is set, nothing is read or written.
    """

    def __init__(self, stream: trio.abc.Stream, framing: Framing, tap: Tap, thawed: Callable[[], trio.Event]) -> None:
        self.stream = stream
        self._framed = FramedStream(stream, framing, frame_timeout_s=FRAME_TIMEOUT_S)
        self._framing = framing
        self._tap = tap
        self._thawed = thawed
        self._send_channel, self._to_send = trio.open_memory_channel[Delivery](OUTBOX)
        self._scope = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._reason = ""
        self.alive = True
        self.ended = trio.Event()

    def send(self, payload: bytes, *, framed: bool = True) -> None:
        """Queue a payload; raises trio.WouldBlock where too many wait."""
        deliveries = self._tap.sending(payload) if framed else [Delivery(payload, framed=False)]
        for delivery in deliveries:
            if delivery.after_s and self._nursery is not None:
                self._nursery.start_soon(self._later, delivery, self._queue)
            else:
                self._queue(delivery)

    def _queue(self, delivery: Delivery) -> None:
        try:
            self._send_channel.send_nowait(delivery)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    @staticmethod
    async def _later(delivery: Delivery, do: Callable[[Delivery], None]) -> None:
        await trio.sleep(delivery.after_s)
        do(delivery)

    def close(self, reason: str, *, reset: bool = False) -> None:
        """End the connection now."""
        if reset and isinstance(self.stream, trio.SocketStream):
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reason = self._reason or reason
        self._scope.cancel()

    async def run(self, deliver: Callable[[bytes], None]) -> str:
        """Carry payloads until either side ends; returns why it ended."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    self._nursery = nursery
                    nursery.start_soon(self._write)
                    reason = await self._read(deliver)
                    self._reason = self._reason or reason
                    nursery.cancel_scope.cancel()
        finally:
            self.alive = False
            self._to_send.close()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await self.stream.aclose()
            self.ended.set()
        return self._reason

    async def _read(self, deliver: Callable[[bytes], None]) -> str:
        while True:
            await self._thawed().wait()
            try:
                frames = await self._framed.receive()
            except FrameError as error:
                self._take(error.frames, deliver)
                return f"impossible frame: {error}"
            except FrameTimeout as error:
                return f"frame timed out: {error}"
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return "connection broken"
            if not frames:
                return "closed by the peer"
            await self._thawed().wait()
            self._take(frames, deliver)

    def _take(self, frames: list[bytes], deliver: Callable[[bytes], None]) -> None:
        assert self._nursery is not None
        for frame in frames:
            for delivery in self._tap.receiving(frame):
                if delivery.after_s:
                    self._nursery.start_soon(self._later, delivery, lambda late: deliver(late.payload))
                else:
                    deliver(delivery.payload)

    async def _write(self) -> None:
        async for delivery in self._to_send:
            await self._thawed().wait()
            data = self._framing.encode(delivery.payload) if delivery.framed else delivery.payload
            while not delivery.then and len(data) < MOST_AT_ONCE:  # what waits already leaves with it
                try:
                    delivery = self._to_send.receive_nowait()  # noqa: PLW2901
                except (trio.WouldBlock, trio.EndOfChannel):
                    break
                data += self._framing.encode(delivery.payload) if delivery.framed else delivery.payload
            try:
                with trio.fail_after(WRITE_TIMEOUT_S):
                    await self.stream.send_all(data)
            except trio.TooSlowError:
                self.close("the peer does not read")
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self.close("connection broken")
            if delivery.then:
                self.close("a fault asked for it", reset=delivery.then == "reset")
