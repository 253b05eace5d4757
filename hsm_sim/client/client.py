"""The client of one or several HSMs."""

from functools import partial

import trio

from saklar.hsm_sim.client.dispatcher import Counters, Dispatcher
from saklar.hsm_sim.client.endpoint import HsmEndpoint
from saklar.hsm_sim.client.exchange import Done
from saklar.hsm_sim.client.health import Health
from saklar.hsm_sim.client.keeper import Keeper
from saklar.hsm_sim.client.reply import reply_to

MAX_TICK_S = 0.1
"""While a response is due, time limits are looked at ten times within the shortest of them, and at least this often."""


class HsmUnavailable(Exception):
    """No HSM can be reached, or none answered within the time limit."""


class HsmClient:
    """Sends commands to HSMs in turn and hands each its own response, in whatever order they come.

    A command whose connection is lost, or that has no response within an HSM's share of `timeout_s` (an equal one
    for each HSM, a third at least), goes to another HSM. So it may be executed twice: send only what is safe to
    repeat, as all is that computes from its own fields or generates a key; what changes the HSM itself is not.

    Args:
        hsms: where they are (`tcp_hsm`, `embedded_hsm`); one at least, all with the same LMK.
        header_length: as the HSMs are set to.
        connections: to each HSM.
        timeout_s: a command's time limit, all tries together.
        health_interval_s: between two NC commands on a connection.
        lmk_check_value: 6 to 16 hex digits that NC must report; None to hold all HSMs to the first one's.
    """

    def __init__(
        self,
        *hsms: HsmEndpoint,
        header_length: int = 4,
        connections: int = 1,
        timeout_s: float = 3.0,
        health_interval_s: float = 5.0,
        lmk_check_value: str | None = None,
    ) -> None:
        self._work = trio.Event()
        self._dispatcher = Dispatcher(len(hsms), timeout_s, self._note_begun)
        self._connections = connections
        self._joined = trio.Event()
        keeper = partial(
            Keeper,
            dispatcher=self._dispatcher,
            health=Health(lmk_check_value),
            header_length=header_length,
            health_interval_s=health_interval_s,
            joined=self._note_joined,
        )
        self._keepers = [keeper(hsm) for hsm in hsms]

    @property
    def counters(self) -> Counters:
        """What became of the commands so far."""
        return self._dispatcher.counters

    @property
    def connected(self) -> bool:
        """Whether a command could be sent now: an HSM is connected and in good health."""
        return self._dispatcher.available

    async def wait_connected(self) -> None:
        """Wait until a command can be sent."""
        while not self.connected:
            await self._joined.wait()

    def submit(self, request: bytes, done: Done) -> None:
        """Send a command (without header); `done` is called once, with its response or, if none will come, None.

        Without an HSM, or with `MAX_PENDING` commands out, `done(None)` is called at once.

        Raises:
            FrameError: the command is too long for a frame.
        """
        self._dispatcher.submit(request, done, trio.current_time())

    async def call(self, request: bytes) -> bytes:
        """The response to a command.

        Raises:
            HsmUnavailable: there is none.
            FrameError: the command is too long for a frame.
        """
        response = await reply_to(partial(self.submit, request))
        if response is None:
            raise HsmUnavailable("no HSM answers")
        return response

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep connections to every HSM until cancelled; what is pending then fails."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_time)
            for keeper in self._keepers:
                for _ in range(self._connections):
                    nursery.start_soon(keeper.keep_connected)
            task_status.started()

    async def _keep_time(self) -> None:
        tick_s = min(self._dispatcher.share_s / 10, MAX_TICK_S)
        while True:
            await trio.sleep(tick_s)
            await trio.lowlevel.checkpoint()  # should this process have stalled, what came meanwhile is read first
            self._dispatcher.tick(trio.current_time())
            while self._dispatcher.idle:
                self._work = trio.Event()
                await self._work.wait()

    def _note_begun(self) -> None:
        self._work.set()

    def _note_joined(self) -> None:
        self._joined.set()
        self._joined = trio.Event()
