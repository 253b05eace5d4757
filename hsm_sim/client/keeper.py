"""Keeping connections to one HSM: it is dialled again and again, and used while it answers NC as it should."""

import random
from collections.abc import Callable
from functools import partial

import structlog
import trio

from saklar.hsm_sim.client.connection import HsmConnection
from saklar.hsm_sim.client.dispatcher import Dispatcher
from saklar.hsm_sim.client.endpoint import HsmEndpoint
from saklar.hsm_sim.client.exchange import Exchange
from saklar.hsm_sim.client.health import DIAGNOSTICS, Health
from saklar.hsm_sim.client.reply import reply_to

log = structlog.get_logger()

MIN_WAIT_S, MAX_WAIT_S = 0.1, 5.0
"""Between tries to connect: doubled from the one to the other, each drawn from the upper half."""

CONNECT_TIMEOUT_S = 5.0


class Keeper:
    """Keeps connections to one HSM.

    Args:
        hsm: where it is.
        dispatcher: is told of connections that can be used, that cannot any more, and of what comes on them.
        health: says whether the HSM may be used.
        header_length: as the HSM is set to.
        health_interval_s: between two NC commands on a connection.
        joined: called when there is one more connection to use.
    """

    def __init__(
        self,
        hsm: HsmEndpoint,
        dispatcher: Dispatcher,
        health: Health,
        *,
        header_length: int,
        health_interval_s: float,
        joined: Callable[[], None],
    ) -> None:
        self._hsm = hsm
        self._dispatcher = dispatcher
        self._health = health
        self._header_length = header_length
        self._health_interval_s = health_interval_s
        self._joined = joined
        self._in_use: list[Exchange] = []
        self._fault: str | None = None

    async def keep_connected(self) -> None:
        """Keep one connection until cancelled."""
        wait = MIN_WAIT_S
        while True:
            began = trio.current_time()
            stream = await self._connect()
            if stream is not None:
                await self._carry(stream)
            if trio.current_time() - began > MAX_WAIT_S:  # an HSM that hangs up at once is not one to hurry back to
                wait = MIN_WAIT_S
            await trio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 (it spreads tries, it guards nothing)
            wait = min(wait * 2, MAX_WAIT_S)

    async def _connect(self) -> trio.abc.Stream | None:
        try:
            with trio.fail_after(CONNECT_TIMEOUT_S):
                return await self._hsm.connect()
        except trio.TooSlowError:
            self._tell("hsm.unreachable", f"no connection within {CONNECT_TIMEOUT_S:g} s")
        except OSError as error:
            self._tell("hsm.unreachable", _what_failed(error))
        return None

    async def _carry(self, stream: trio.abc.Stream) -> None:
        """One connection, from its first health check to its end."""
        connection = HsmConnection(stream)
        exchange = Exchange(self._hsm.name, self._header_length, connection.send, connection.close)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._look_after, exchange)
                reason = await connection.run(partial(self._receive, exchange))
                nursery.cancel_scope.cancel()
        finally:
            self._dispatcher.leave(exchange, trio.current_time())
        if exchange in self._in_use:
            self._in_use.remove(exchange)
            log.warning("hsm.disconnected", hsm=self._hsm.name, reason=reason)
        else:
            self._tell("hsm.unhealthy", reason)

    def _receive(self, exchange: Exchange, frame: bytes) -> None:
        if not self._dispatcher.received(exchange, frame, trio.current_time()):
            log.warning("hsm.unexpected_response", hsm=self._hsm.name)

    async def _look_after(self, exchange: Exchange) -> None:
        """Have a connection used for as long as NC is answered on it as it should be.

        What NC says holds for the HSM, and so for all connections to it; silence may be this connection's fault.
        """
        while (response := await self._diagnose(exchange)) is not None:
            if (fault := self._health.fault(response)) is not None:
                self._take_out([exchange, *self._in_use], fault)
                return
            self._use(exchange)
            await trio.sleep(self._health_interval_s)
        self._take_out([exchange], f"no response to NC within {self._dispatcher.share_s:g} s")

    async def _diagnose(self, exchange: Exchange) -> bytes | None:
        return await reply_to(lambda done: self._dispatcher.ask(exchange, DIAGNOSTICS, done, trio.current_time()))

    def _use(self, exchange: Exchange) -> None:
        if exchange in self._in_use:
            return
        self._in_use.append(exchange)
        log.info("hsm.connected", hsm=self._hsm.name)
        if self._fault is not None:
            log.info("hsm.recovered", hsm=self._hsm.name)
            self._fault = None
        self._dispatcher.join(exchange)
        self._joined()

    def _take_out(self, exchanges: list[Exchange], fault: str) -> None:
        self._tell("hsm.unhealthy", fault)
        for exchange in exchanges:
            exchange.close(fault)

    def _tell(self, event: str, fault: str) -> None:
        """Log what is wrong with the HSM, once for as long as it is the same."""
        if self._fault != fault:
            self._fault = fault
            log.warning(event, hsm=self._hsm.name, reason=fault)


def _what_failed(error: OSError) -> str:
    """What the system says; where trio tried all addresses of a name, what it says of the first."""
    cause = error.__cause__
    first = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else error
    return getattr(first, "strerror", None) or str(first)
