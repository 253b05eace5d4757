"""An HSM for tests of the client: it echoes, and its habits can be changed while it runs."""

import trio
from trio.testing import memory_stream_pair

from saklar.hsm_sim import HsmEndpoint

DIAGNOSED = b"ND002686047444912422" + b"0001-E000"
OTHER_LMK = b"ND001111111111111111" + b"0001-E000"


def frame(payload):
    return len(payload).to_bytes(2, "big") + payload


async def read_frame(stream):
    """The next frame's content, or None at the end."""
    data = bytearray()
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        chunk = await stream.receive_some(1 if len(data) < 2 else 2 + int.from_bytes(data[:2], "big") - len(data))
        if not chunk:
            return None
        data += chunk
    return bytes(data[2:])


def echo(data):
    """The command that `echoed(data)` answers."""
    return b"B2%04X" % len(data) + data


def echoed(data):
    return b"B300" + data


class FakeHsm:
    """Executes echo (B2) and NC, on memory streams.

    Attributes:
        diagnosed: its response to NC; None for silence.
        habit: a coroutine function of stream, header and data that answers an echo.
        refuses: whether connections are refused.
        echoes: the data that it was to echo, in order.
        connections: how many were opened.
        checks: how many NC commands came.
    """

    def __init__(self, nursery, name="hsm"):
        self.endpoint = HsmEndpoint(name, self._connect)
        self.diagnosed = DIAGNOSED
        self.habit = answer
        self.refuses = False
        self.echoes = []
        self.connections = 0
        self.checks = 0
        self._nursery = nursery
        self._streams = []
        self._deaf = None

    def freeze(self):
        """From now on accept and answer nothing."""
        self.diagnosed = None
        self.habit = say_nothing

    def thaw(self):
        self.diagnosed = DIAGNOSED
        self.habit = answer

    async def die(self):
        """End every connection and refuse new ones."""
        self.refuses = True
        for stream in self._streams:
            await stream.aclose()

    async def drop_one(self):
        """End the connection that was opened first."""
        await self._streams[0].aclose()

    def deafen_one(self):
        """Answer nothing any more on the connection that was opened first."""
        self._deaf = self._streams[0]

    async def _connect(self):
        if self.refuses:
            raise ConnectionRefusedError(111, "Connection refused")
        ours, theirs = memory_stream_pair()
        self.connections += 1
        self._streams.append(theirs)
        self._nursery.start_soon(self._serve, theirs)
        return ours

    async def _serve(self, stream):
        try:
            while (received := await read_frame(stream)) is not None:
                if stream is not self._deaf:
                    await self._execute(stream, received[:4], received[4:])
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return

    async def _execute(self, stream, header, command):
        if command == b"NC":
            self.checks += 1
            if self.diagnosed is not None:
                await stream.send_all(frame(header + self.diagnosed))
            return
        self.echoes.append(command[6:])
        await self.habit(stream, header, command[6:])


async def answer(stream, header, data):
    await stream.send_all(frame(header + echoed(data)))


async def say_nothing(stream, header, data):
    pass


async def hang_up(stream, header, data):
    await stream.aclose()
