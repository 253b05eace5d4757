"""The HSM on TCP: a 2-byte length, a header that is sent back, a command."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

import structlog
import trio

from saklar.codecs import FrameDecoder, FrameError, framing
from saklar.hsm_sim.access import Access
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.unit import Hsm

log = structlog.get_logger()

MAX_FRAME = 32_768
"""Bytes in a frame; real units take some 2 to 32 KB."""

MAX_HEADER = 255

READ_SIZE = 8 * 1024
"""Bytes taken at once; the commands in them (630 A0 at most, some 20 ms) are done before another client's turn."""

WRITE_TIMEOUT_S = 30.0
"""A client that does not take its responses for so long is cut off."""

FRAME_TIMEOUT_S = 30.0
"""Between two reads of one frame; a client that has begun none may be silent for ever."""

_REQUESTS = framing("binary-2", MAX_FRAME)
_RESPONSES = framing("binary-2", MAX_FRAME + MAX_HEADER)


async def serve_connection(
    hsm: Hsm, stream: trio.abc.Stream, header_length: int, idle_timeout_s: float | None = None
) -> None:
    """Answer the commands of one client, in order, until it leaves, sends what is no frame, or is silent too long.

    A frame too short for header and command code has no answer, as there is no header to send back: the
    connection is closed, after the responses to what came before it. Responses to what came in one read leave
    in one call, and nothing more is read until they have left, so a client that does not read costs no more
    than one read.
    """
    decoder = _REQUESTS.decoder()
    async with stream:
        try:
            while data := await _receive(stream, FRAME_TIMEOUT_S if decoder.buffered else idle_timeout_s):
                answer = _answer(hsm, whole_frames(decoder, data), header_length)
                if answer.responses:
                    with trio.fail_after(WRITE_TIMEOUT_S):
                        await stream.send_all(answer.responses)
                if answer.refusal is not None:
                    log.warning("hsm.client_dropped", reason=answer.refusal)
                    return
        except trio.TooSlowError:
            log.warning("hsm.client_dropped", reason="it is silent, does not read, or does not finish its frame")
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            log.debug("hsm.client_lost", reason=str(error.__cause__ or error))


def whole_frames(decoder: FrameDecoder, data: bytes | bytearray) -> Iterator[bytes]:
    """The frames that are whole with these bytes.

    Raises:
        FrameError: after those before it, an impossible length.
    """
    try:
        yield from decoder.feed(data)
    except FrameError as error:
        yield from error.frames
        raise


@dataclass(frozen=True, slots=True)
class _Answer:
    """Framed responses to what came in one read, and why nothing more can be read, if so."""

    responses: bytes
    refusal: str | None


async def _receive(stream: trio.abc.Stream, timeout_s: float | None) -> bytes | bytearray:
    with trio.fail_after(float("inf") if timeout_s is None else timeout_s):
        return await stream.receive_some(READ_SIZE)


def _answer(hsm: Hsm, frames: Iterator[bytes], header_length: int) -> _Answer:
    responses: list[bytes] = []
    refusal = None
    try:
        for frame in frames:
            response = _respond(hsm, frame, header_length)
            responses.append(_RESPONSES.encode(response))
    except FrameError as error:
        refusal = str(error)
    return _Answer(b"".join(responses), refusal)


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
    access: Access = Access(),  # noqa: B008 (it cannot change)
    task_status: trio.TaskStatus[tuple[str, int]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Listen until cancelled.

    Args:
        hsm: answers the commands.
        host: the address to listen on.
        port: its TCP port, 0 for any free one.
        header_length: bytes before each command that are sent back before its response, 0 to 255.
        max_connections: one more is closed at once.
        access: who may connect, how, and for how long in silence.
        task_status: is told the address that it listens on.

    Raises:
        OSError: the address cannot be listened on.
    """
    listeners = await trio.open_tcp_listeners(port, host=host)
    address = listeners[0].socket.getsockname()[:2]
    log.info(
        "hsm.listening",
        host=address[0],
        port=address[1],
        lmk=hsm.lmk.source,
        lmk_check_value=hsm.lmk.check_value[:6],
        commands=len(COMMANDS),
    )
    task_status.started(address)
    serve = partial(serve_connection, hsm, header_length=header_length, idle_timeout_s=access.idle_timeout_s)
    await trio.serve_listeners(partial(_handle, trio.Semaphore(max_connections), access, serve), listeners)


async def _handle(
    room: trio.Semaphore,
    access: Access,
    serve: Callable[[trio.abc.Stream], Awaitable[None]],
    stream: trio.SocketStream,
) -> None:
    if not access.admits(stream.socket.getpeername()[0]):
        log.warning("hsm.client_refused", reason="its address is not allowed")
        await stream.aclose()
        return
    try:
        room.acquire_nowait()
    except trio.WouldBlock:
        log.warning("hsm.client_refused", reason="as many as may be are connected")
        await stream.aclose()
        return
    log.debug("hsm.client_connected", room_left=room.value)
    try:
        await serve(stream if access.tls is None else trio.SSLStream(stream, access.tls, server_side=True))
    finally:
        room.release()
