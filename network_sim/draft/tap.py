"""A tap on live traffic: it takes connections, dials on, passes every byte at once, and listens."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import structlog
import trio

from saklar.codecs import Dialect, Framing
from saklar.network_sim.dialling import Unreachable, dial
from saklar.network_sim.draft.heard import Listener, Recording
from saklar.switch.links import Address

log = structlog.get_logger()

CHUNK = 1 << 16
CONNECT_S = 10.0


@dataclass
class Tap:
    """Between who dials it and a host. What cannot be read is passed on all the same.

    Args:
        to: the host.
        dialect: of the messages.
        framing: of the frames.
    """

    to: Address
    dialect: Dialect
    framing: Framing
    recording: Recording = field(default_factory=Recording)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def run(self, listen: Address, *, task_status: trio.TaskStatus[Address] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; reports the address that it listens on.

        Raises:
            OSError: it cannot listen there.
        """
        self.recording.began_s = trio.current_time()
        try:
            async with trio.open_nursery() as nursery:
                listeners = await trio.open_tcp_listeners(listen.port, host=listen.host)
                task_status.started(Address(*listeners[0].socket.getsockname()[:2]))
                await trio.serve_listeners(self.carry, listeners, handler_nursery=nursery)
        finally:
            self.recording.ended_s = trio.current_time()

    async def carry(self, client: trio.abc.Stream) -> None:
        """One connection, until either side ends it."""
        async with client:
            try:
                host = await dial(self.to, CONNECT_S)
            except Unreachable as error:
                self.recording.troubles.append(f"a connection was not recorded: {self.to} does not take it ({error})")
                log.error("record.host_unreachable", host=str(self.to), reason=str(error))
                return
            async with host:
                await self.between(client, host)

    async def between(self, client: trio.abc.Stream, host: trio.abc.Stream) -> None:
        """Pass bytes both ways until one side ends."""
        number = next(self._numbers)
        self.recording.connections += 1
        async with trio.open_nursery() as nursery:
            for source, target, from_client in ((client, host, True), (host, client, False)):
                who = f"connection {number}, {'to' if from_client else 'from'} the host"
                listener = Listener(self.recording, self.dialect, self.framing, number, from_client, who)
                nursery.start_soon(self._pass_on, source, target, listener, nursery.cancel_scope)

    async def _pass_on(
        self, source: trio.abc.Stream, target: trio.abc.Stream, listener: Listener, both: trio.CancelScope
    ) -> None:
        try:
            while data := await source.receive_some(CHUNK):
                at_s = trio.current_time()
                await target.send_all(data)
                listener.hear(bytes(data), at_s)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            log.info("record.connection_broken", who=listener.who)
        finally:
            listener.end()
            both.cancel()
