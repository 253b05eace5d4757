"""The HSM on TCP: a 2-byte length, a header that is sent back, a command."""

from collections.abc import Callable
from functools import partial

import structlog
import trio

from saklar.codecs import FrameError, framing
from saklar.hsm_sim.unit import Hsm

log = structlog.get_logger()

MAX_FRAME = 32_768
"""Bytes in a frame; real units take some 2 to 32 KB."""

MAX_HEADER = 255
READ_SIZE = 64 * 1024

WRITE_TIMEOUT_S = 30.0
"""A client that does not take its responses for so long is cut off."""

FRAME_TIMEOUT_S = 30.0
"""A begun frame must be whole within this time."""


async def serve_connection(hsm: Hsm, stream: trio.abc.Stream, header_length: int) -> None:
    """Answer the commands of one client, in order, until it leaves or sends what is no frame.

    A frame too short for header and command code has no answer, as there is no header to send back: the
    connection is closed. Responses to what came in one read leave in one call, and nothing more is read until
    they have left, so a client that does not read costs no more than one read.
    """
    decoder = framing("binary-2", MAX_FRAME).decoder()
    encode = framing("binary-2", MAX_FRAME + MAX_HEADER).encode
    async with stream:
        try:
            while data := await _receive(stream, waiting=decoder.buffered > 0):
                responses = [_respond(hsm, frame, header_length) for frame in decoder.feed(data)]
                if responses:
                    with trio.fail_after(WRITE_TIMEOUT_S):
                        await stream.send_all(b"".join(map(encode, responses)))
        except FrameError as error:
            log.warning("hsm.client_dropped", reason=str(error))
        except trio.TooSlowError:
            log.warning("hsm.client_dropped", reason="it does not read, or does not finish its frame")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass


async def _receive(stream: trio.abc.Stream, *, waiting: bool) -> bytes | bytearray:
    with trio.fail_after(FRAME_TIMEOUT_S if waiting else float("inf")):
        return await stream.receive_some(READ_SIZE)


def _respond(hsm: Hsm, frame: bytes, header_length: int) -> bytes:
    header, command = frame[:header_length], frame[header_length:]
    if len(command) < 2:
        raise FrameError(f"a frame of {len(frame)} bytes is too short for header and command code")
    response = hsm.execute(command)
    log.debug("hsm.command", code=command[:2].decode("latin-1"), error=response[2:4].decode("latin-1"))
    return header + response


async def serve_hsm(
    hsm: Hsm,
    host: str,
    port: int,
    *,
    header_length: int = 4,
    max_connections: int = 64,
    task_status: trio.TaskStatus[tuple[str, int]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Listen until cancelled.

    Args:
        hsm: answers the commands.
        host: the address to listen on.
        port: its TCP port, 0 for any free one.
        header_length: bytes before each command that are sent back before its response, 0 to 255.
        max_connections: one more is closed at once.
        task_status: is told the address that it listens on.

    Raises:
        OSError: the address cannot be listened on.
    """
    listeners = await trio.open_tcp_listeners(port, host=host)
    address = listeners[0].socket.getsockname()[:2]
    log.info("hsm.listening", host=address[0], port=address[1], lmk=hsm.lmk.source)
    task_status.started(address)
    room = _Room(max_connections)
    serve = partial(serve_connection, hsm, header_length=header_length)
    await trio.serve_listeners(partial(_handle, room, serve), listeners)


class _Room:
    """Counts the connections that are open."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0


async def _handle(room: _Room, serve: Callable[..., object], stream: trio.SocketStream) -> None:
    if room.taken >= room.limit:
        log.warning("hsm.client_refused", reason=f"{room.limit} connections are open")
        await stream.aclose()
        return
    room.taken += 1
    log.debug("hsm.client_connected", connections=room.taken)
    try:
        await serve(stream)  # type: ignore[misc]
    finally:
        room.taken -= 1
