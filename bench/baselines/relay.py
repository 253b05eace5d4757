"""A relay between any number of acquirers and one issuer, which the baselines fill in."""

import sys
from abc import ABC, abstractmethod

import trio


def frames_of(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole frames, each with its two-byte length, and what is left."""
    frames, at, end = [], 0, len(data)
    while end - at >= 2:
        size = 2 + (data[at] << 8 | data[at + 1])
        if end - at < size:
            break
        frames.append(data[at : at + size])
        at += size
    return frames, data[at:]


class Peer:
    """A connection; what gathers until its turn leaves in one call."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._outbox: list[bytes] = []
        self._wake = trio.Event()

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        self._outbox.append(frame)
        self._wake.set()

    async def write(self) -> None:
        """Send what is queued, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            frames, self._outbox = self._outbox, []
            await self._stream.send_all(b"".join(frames))

    async def read(self) -> bytes:
        """What came; nothing at the end."""
        return bytes(await self._stream.receive_some(65536))


class Relay(ABC):
    """Carries frames both ways."""

    def __init__(self) -> None:
        self._issuer: Peer

    @abstractmethod
    def request(self, frame: bytes, acquirer: Peer) -> bytes:
        """The frame for the issuer."""

    @abstractmethod
    def answer(self, frame: bytes) -> tuple[Peer, bytes] | None:
        """Whose answer it is, and the frame for them; None if nobody's."""

    async def _carry_requests(self, stream: trio.SocketStream) -> None:
        acquirer, buffer = Peer(stream), b""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(acquirer.write)
            while data := await acquirer.read():
                frames, buffer = frames_of(buffer + data)
                for frame in frames:
                    self._issuer.send(self.request(frame, acquirer))
            nursery.cancel_scope.cancel()

    async def _carry_answers(self) -> None:
        buffer = b""
        while data := await self._issuer.read():
            frames, buffer = frames_of(buffer + data)
            for frame in frames:
                found = self.answer(frame)
                if found is not None:
                    found[0].send(found[1])

    async def run(self, listen: int, issuer_port: int) -> None:
        """Run until killed."""
        self._issuer = Peer(await trio.open_tcp_stream("127.0.0.1", issuer_port))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._issuer.write)
            nursery.start_soon(self._carry_answers)
            await trio.serve_tcp(self._carry_requests, listen, host="127.0.0.1")


def main(relay: Relay) -> None:
    """Run a relay on the ports that the command line gives."""
    trio.run(relay.run, int(sys.argv[1]), int(sys.argv[2]))
