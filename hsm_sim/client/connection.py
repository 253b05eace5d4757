"""One connection to an HSM: frames out, frames in."""

from collections.abc import Callable, Iterator

import trio

from saklar.codecs import FrameDecoder, FrameError, framing
from saklar.hsm_sim.server.responder import MAX_FRAME

WRITE_TIMEOUT_S = 10.0
"""An HSM that takes no byte for so long is gone in all but name."""

READ_SIZE = 64 * 1024

_FRAMING = framing("binary-2", MAX_FRAME)


class HsmConnection:
    """Carries frames, pipelined.

    Args:
        stream: the open connection; closed at the end of `run`.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._outbox: list[bytes] = []
        self._wake = trio.Event()
        self._scope = trio.CancelScope()
        self._reason: str | None = None

    def send(self, payload: bytes) -> None:
        """Queue a frame's content; what gathers leaves in one call.

        Raises:
            FrameError: it is too long for a frame.
        """
        self._outbox.append(_FRAMING.encode(payload))
        self._wake.set()

    def close(self, reason: str) -> None:
        """End the connection now; what is queued is lost."""
        self._reason = self._reason or reason
        self._scope.cancel()

    async def run(self, deliver: Callable[[bytes], None]) -> str:
        """Carry frames until either side ends; returns why it ended."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    self.close(await self._read(deliver))
        finally:
            await trio.aclose_forcefully(self._stream)
        assert self._reason is not None
        return self._reason

    async def _read(self, deliver: Callable[[bytes], None]) -> str:
        decoder = _FRAMING.decoder()
        try:
            while data := await self._stream.receive_some(READ_SIZE):
                for frame in _whole_frames(decoder, data):
                    deliver(frame)
        except FrameError as error:
            return str(error)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            return _broken(error)
        return "closed by the HSM"

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            frames, self._outbox = self._outbox, []
            try:
                with trio.fail_after(WRITE_TIMEOUT_S):
                    await self._stream.send_all(b"".join(frames))
            except trio.TooSlowError:
                self.close("the HSM does not read")
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                self.close(_broken(error))


def _broken(error: Exception) -> str:
    return f"connection broken: {error.__cause__}" if error.__cause__ else "connection broken"


def _whole_frames(decoder: FrameDecoder, data: bytes | bytearray) -> Iterator[bytes]:
    """The frames that are whole with these bytes.

    Raises:
        FrameError: after those before it, an impossible length.
    """
    try:
        yield from decoder.feed(data)
    except FrameError as error:
        yield from error.frames
        raise
