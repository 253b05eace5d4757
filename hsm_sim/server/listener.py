"""The HSM on TCP: who gets in, how many at a time, and over TLS or not."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass

import structlog
import trio

from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.counters import Counters, Peer
from saklar.hsm_sim.server.access import Access
from saklar.hsm_sim.server.connection import serve_connection
from saklar.hsm_sim.server.faults import Faults
from saklar.hsm_sim.unit import Hsm

log = structlog.get_logger()

HANDSHAKE_TIMEOUT_S = 10.0
"""For a TLS handshake; a client that does not finish it would hold a place."""


async def serve_hsm(
    hsm: Hsm,
    host: str,
    port: int,
    *,
    header_length: int = 4,
    max_connections: int = 64,
    access: Access = Access(),  # noqa: B008 (it cannot change)
    counters: Counters | None = None,
    faults: Faults | None = None,
    trace: bool = False,
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
        counters: count what happens; their totals are logged at the end.
        faults: what goes wrong on purpose.
        trace: log each request and response, secrets masked.
        task_status: is told the address that it listens on.

    Raises:
        OSError: the address cannot be listened on.
    """
    counters = hsm.counters if counters is None else counters
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
    clients = _Clients(hsm, header_length, access, counters, faults, trace, trio.Semaphore(max_connections))
    try:
        await trio.serve_listeners(clients.handle, listeners)
    finally:
        log.info("hsm.stopped", **counters.totals())


@dataclass(frozen=True, slots=True)
class _Clients:
    """What all connections share."""

    hsm: Hsm
    header_length: int
    access: Access
    counters: Counters
    faults: Faults | None
    trace: bool
    room: trio.Semaphore

    async def handle(self, stream: trio.SocketStream) -> None:
        """Let a client in, or not, and serve it to its end."""
        async with stream:
            client = _peer(stream)
            if client is None:
                return
            refusal = self._refusal(client[0])
            if refusal is not None:
                self._refuse(client, refusal)
                return
            async with self.room:
                await self._serve(stream, client)

    def _refusal(self, host: str) -> str | None:
        if not self.access.admits(host):
            return "its address is not allowed"
        if self.room.value == 0:
            return "as many as may be are connected"
        struck = None if self.faults is None else self.faults.of_connection()
        return None if struck is None else f"the fault {struck}"

    def _refuse(self, client: tuple[str, int], reason: str) -> None:
        self.counters.refused += 1
        log.warning("hsm.client_refused", client=_name(client), reason=reason)

    async def _serve(self, stream: trio.SocketStream, client: tuple[str, int]) -> None:
        try:
            secured = stream if self.access.tls is None else await _secured(stream, self.access.tls)
        except _HandshakeError as error:
            self._refuse(client, str(error))
            return
        peer = Peer(stream.socket.getsockname()[1], *client, time.monotonic())
        self.counters.connected(peer)
        try:
            await serve_connection(
                self.hsm,
                secured,
                self.header_length,
                self.access.idle_timeout_s,
                counters=self.counters,
                faults=self.faults,
                trace=self.trace,
                client=_name(client),
            )
        finally:
            self.counters.disconnected(peer)


class _HandshakeError(Exception):
    """A client speaks no TLS, or none that is good enough; `str()` says why."""


async def _secured(stream: trio.SocketStream, tls: ssl.SSLContext) -> trio.abc.Stream:
    secured = trio.SSLStream(stream, tls, server_side=True)
    try:
        with trio.fail_after(HANDSHAKE_TIMEOUT_S):
            await secured.do_handshake()
    except trio.TooSlowError:
        raise _HandshakeError(f"no TLS handshake within {HANDSHAKE_TIMEOUT_S:g} s") from None
    except trio.BrokenResourceError as error:
        cause = error.__cause__
        reason = cause.reason if isinstance(cause, ssl.SSLError) else None
        raise _HandshakeError(f"TLS: {(reason or str(cause or error)).lower().replace('_', ' ')}") from None
    return secured


def _peer(stream: trio.SocketStream) -> tuple[str, int] | None:
    """Address and port of a client; None if it has left already."""
    try:
        host, port, *_ = stream.socket.getpeername()
    except OSError:
        return None
    return host, port


def _name(client: tuple[str, int]) -> str:
    host, port = client
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
