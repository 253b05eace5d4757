"""One connection of a party: frames in and out, through what faults and a frozen party do to them."""

from __future__ import annotations

import math
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

    Attributes:
        hold_s: it waits so long when it is its turn, and what is behind it waits, too.
        waits_for: it is held back until so many others have come, at most `keep_s` (then it has its turn anyway).
        glued: it leaves in front of those that it waited for, in one piece with them; else behind them.
        for_s: how long the connection stands still, if that is the action.
    """

    payload: bytes
    after_s: float = 0.0
    framed: bool = True
    then: Literal["", "close", "reset", "freeze", "half-open"] = ""
    hold_s: float = 0.0
    waits_for: int = 0
    keep_s: float = 1.0
    glued: bool = False
    for_s: float = 0.0


Group = tuple[Delivery, ...]
"""What is done at once."""


class Backlog:
    """What is held back on one way through a connection, until what it waits for comes. No I/O."""

    def __init__(self) -> None:
        self._kept: Delivery | None = None
        self._behind: list[Delivery] = []

    def put(self, delivery: Delivery) -> list[Group]:
        """What is to be done now that this has come, in order."""
        kept = self._kept
        if kept is None:
            if not delivery.waits_for:
                return [(delivery,)]
            self._kept = delivery
            return []
        self._behind.append(delivery)
        now: list[Group] = [] if kept.glued else [(delivery,)]
        return now + (self.give_up(kept) if len(self._behind) >= kept.waits_for else [])

    def give_up(self, delivery: Delivery) -> list[Group]:
        """What is to be done if this is held back, and is to be so no longer."""
        if self._kept is not delivery:
            return []
        behind, self._kept, self._behind = tuple(self._behind), None, []
        return [(delivery, *behind)] if delivery.glued else [(delivery,)]


class _Way:
    """One way through a connection, from the tap on: what is late waits, the rest is done."""

    def __init__(self, do: Callable[[Group], None]) -> None:
        self._do = do
        self._backlog = Backlog()

    def put(self, deliveries: Iterable[Delivery], nursery: trio.Nursery | None) -> None:
        for delivery in deliveries:
            if delivery.after_s and nursery is not None:
                nursery.start_soon(self._later, delivery, nursery)
            else:
                self._put(delivery, nursery)

    async def _later(self, delivery: Delivery, nursery: trio.Nursery) -> None:
        await trio.sleep(delivery.after_s)
        self._put(delivery, nursery)

    def _put(self, delivery: Delivery, nursery: trio.Nursery | None) -> None:
        self._all(self._backlog.put(delivery))
        if delivery.waits_for and nursery is not None:
            nursery.start_soon(self._give_up, delivery)

    async def _give_up(self, delivery: Delivery) -> None:
        await trio.sleep(delivery.keep_s)
        self._all(self._backlog.give_up(delivery))

    def _all(self, groups: list[Group]) -> None:
        for group in groups:
            self._do(group)


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
        self._send_channel, self._to_send = trio.open_memory_channel[Group](OUTBOX)
        self._out, self._in = _Way(self._queue), _Way(self._hand_over)
        self._deliver: Callable[[bytes], None] = lambda _: None
        self._still_until = 0.0
        self.half_open = False
        """Whether this end is gone without a word: nothing is sent, and what comes is lost."""
        self._scope = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._reason = ""
        self.lost = ""
        """Why it ended, where nothing of this side ended it."""
        self.alive = True
        self.ended = trio.Event()

    def send(self, payload: bytes, *, framed: bool = True) -> None:
        """Queue a payload; raises trio.WouldBlock where too many wait."""
        self.put(self._tap.sending(payload) if framed else [Delivery(payload, framed=False)])

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Queue what a fault has made of a payload; raises trio.WouldBlock where too many wait."""
        self._out.put(deliveries, self._open_nursery)

    @property
    def _open_nursery(self) -> trio.Nursery | None:
        """What waits for a time on it, unless it has ended."""
        nursery = self._nursery
        has_ended = self._scope.cancel_called or nursery is None or nursery.cancel_scope.cancel_called
        return None if has_ended else nursery

    @property
    def is_stuck(self) -> bool:
        """Whether nothing will ever pass on it again, though it is not closed."""
        return self.half_open or self._still_until == math.inf

    @property
    def tap(self) -> Tap:
        """What happens to payloads on their way."""
        return self._tap

    def _queue(self, group: Group) -> None:
        try:
            self._send_channel.send_nowait(group)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    def close(self, reason: str, *, reset: bool = False) -> None:
        """End the connection now."""
        if reset and isinstance(self.stream, trio.SocketStream):
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reason = self._reason or reason
        self._scope.cancel()

    def _lose(self, reason: str) -> None:
        self.lost = self.lost if self._reason else reason
        self.close(reason)

    async def run(self, deliver: Callable[[bytes], None]) -> str:
        """Carry payloads until either side ends; returns why it ended."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    self._nursery = nursery
                    self._deliver = deliver
                    nursery.start_soon(self._write)
                    self._lose(await self._read())
                    nursery.cancel_scope.cancel()
        finally:
            self.alive = False
            self._to_send.close()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await self.stream.aclose()
            self.ended.set()
        return self._reason

    async def _read(self) -> str:
        while True:
            await self._moving()
            try:
                frames = await self._framed.receive()
            except FrameError as error:
                self._take(error.frames)
                return f"impossible frame: {error}"
            except FrameTimeout as error:
                return f"frame timed out: {error}"
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return "connection broken"
            if not frames:
                return "closed by the peer"
            await self._moving()
            self._take(frames)

    async def _moving(self) -> None:
        """Wait while the party is frozen, or the connection stands still."""
        await self._thawed().wait()
        if trio.current_time() < self._still_until:
            await trio.sleep_until(self._still_until)

    def _take(self, frames: list[bytes]) -> None:
        for frame in frames:
            if not self.half_open:
                self._in.put(self._tap.receiving(frame), self._open_nursery)

    def _hand_over(self, group: Group) -> None:
        for delivery in group:
            if delivery.payload and not self.half_open:
                self._deliver(delivery.payload)
            self._then(delivery)

    def _then(self, delivery: Delivery) -> None:
        """Do to the connection what a fault asks for."""
        match delivery.then:
            case "close" | "reset":
                self.close("a fault asked for it", reset=delivery.then == "reset")
            case "freeze":
                self._still_until = trio.current_time() + delivery.for_s
            case "half-open":
                self.half_open = True
            case _:
                pass

    async def _write(self) -> None:
        while True:
            try:
                group = await self._to_send.receive()
            except trio.EndOfChannel:
                return
            group, behind = self._with_what_waits(group)
            await self._give(group)
            if behind is not None:
                await self._give(behind)

    def _with_what_waits(self, group: Group) -> tuple[Group, Group | None]:
        """The group and all that waits behind it and can leave in the same call, and what waits next if it cannot."""
        together = list(group)
        length = sum(len(delivery.payload) for delivery in group)
        while all(map(_is_plain, group)) and length < MOST_AT_ONCE:
            try:
                group = self._to_send.receive_nowait()
            except (trio.WouldBlock, trio.EndOfChannel):
                break
            if not all(map(_is_plain, group)):
                return tuple(together), group
            together += group
            length += sum(len(delivery.payload) for delivery in group)
        return tuple(together), None

    async def _give(self, group: Group) -> None:
        await self._moving()
        if hold_s := sum(delivery.hold_s for delivery in group):
            await trio.sleep(hold_s)
        if self.half_open:
            return
        data = b"".join(self._framing.encode(one.payload) if one.framed else one.payload for one in group)
        try:
            with trio.fail_after(WRITE_TIMEOUT_S):
                await self.stream.send_all(data)
        except trio.TooSlowError:
            self._lose("the peer does not read")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._lose("connection broken")
        for delivery in group:
            self._then(delivery)


def _is_plain(delivery: Delivery) -> bool:
    """Whether it is a message like any other, of which it does not matter with what it leaves."""
    return delivery.framed and not delivery.then and not delivery.hold_s
