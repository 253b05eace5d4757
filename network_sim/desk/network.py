"""The parties of a desk, running: each on its own loopback port, started, stopped and killed by name."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import trio

from saklar.hsm_sim import Hsm, load_lmk, serve_hsm
from saklar.network_sim.acquirer import Acquirer
from saklar.network_sim.desk.plan import ANY_PORT, HSM, SWITCH, Plan
from saklar.network_sim.issuer import Issuer
from saklar.switch import Switch
from saklar.switch.journal import JournalKeys, read_keys
from saklar.switch.links import Address

READY_S = 10.0
"""For the switch to have its issuers."""


@dataclass
class _Running:
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    done: trio.Event = field(default_factory=trio.Event)


class Network:
    """The parties of a plan. Each is started with what it needs: an issuer with the HSM, the switch with its issuers.

    Args:
        plan: who they are.
        folder: for the journal.
        nursery: in which they run; a party that fails ends it.
    """

    def __init__(self, plan: Plan, folder: Path, nursery: trio.Nursery) -> None:
        self.plan = plan
        self.addresses: dict[str, Address] = {}
        """Where the HSM, the issuers and the switch's acquirer links listen, by name; kept over a restart."""
        self.hsm: Hsm | None = None
        self.switch: Switch | None = None
        self.issuers: dict[str, Issuer] = {}
        self.acquirers: dict[str, Acquirer] = {}
        self._folder = folder
        self._nursery = nursery
        self._running: dict[str, _Running] = {}

    @property
    def journal(self) -> Path:
        """The switch's journal."""
        return self._folder / self.plan.switch.journal_path.name

    @property
    def journal_keys(self) -> JournalKeys:
        """Its keys; they are there once the switch has been started."""
        configuration = self.plan.switch_at(self._folder, self.addresses)
        return read_keys(configuration.journal_key_file, load_lmk(configuration.journal.lmk))

    @property
    def names(self) -> tuple[str, ...]:
        """All parties, in the order in which they start."""
        return (HSM, *self.plan.issuers, SWITCH, *self.plan.acquirers)

    def runs(self, name: str) -> bool:
        """Whether the party of that name runs."""
        return name in self._running

    async def start(self, name: str) -> None:
        """Start a party and what it needs, where they do not run; where it ran before, it has the same port.

        Raises:
            KeyError: there is no such party.
            ConfigurationError: the switch cannot run so.
            OSError: an address cannot be listened on.
        """
        if name not in self.names:
            raise KeyError(f"there is no {name!r} on this desk; there are: {', '.join(self.names)}")
        for needed in self._needs(name):
            await self.start(needed)
        if not self.runs(name):
            await self._nursery.start(self._hold, name, self._runner(name))
            if name == SWITCH:
                await self._wait_ready()

    def _needs(self, name: str) -> Iterator[str]:
        """Those without whom it does not work. A running party needs nobody: its HSM may be down on purpose."""
        if self.runs(name):
            return
        if name in self.plan.acquirers:
            yield SWITCH
        elif name in self.plan.issuers:
            table = self.plan.issuers[name].hsm
            if table is not None and table.connect and HSM not in self.addresses:
                yield HSM
        elif name == SWITCH and self.switch is None:
            yield from (HSM, *self.plan.issuers)

    async def _hold(self, name: str, run: Callable[..., Awaitable[None]], *, task_status: trio.TaskStatus[Any]) -> None:
        running = self._running[name] = _Running()
        try:
            with running.scope:
                await run(task_status=task_status)
        finally:
            del self._running[name]
            running.done.set()

    async def _wait_ready(self) -> None:
        """Wait until the switch has those issuers that run."""
        assert self.switch is not None
        with trio.move_on_after(READY_S):
            for name in self.plan.issuers:
                if self.runs(name):
                    await self.switch.wait_ready(name)

    async def stop(self, name: str) -> None:
        """End a party in order: the switch gives what is pending its answer first."""
        running = self._running.get(name)
        if running is None:
            return
        if name == SWITCH and self.switch is not None:
            self.switch.stop()
            await running.done.wait()
        else:
            await self.kill(name)

    async def kill(self, name: str) -> None:
        """End a party at once, wherever it is."""
        running = self._running.get(name)
        if running is not None:
            running.scope.cancel()
            await running.done.wait()

    # How each runs.

    def _runner(self, name: str) -> Callable[..., Awaitable[None]]:
        if name == HSM:
            return self._run_hsm
        if name == SWITCH:
            return self._run_switch
        return partial(self._run_issuer if name in self.plan.issuers else self._run_acquirer, name)

    async def _run_hsm(self, *, task_status: trio.TaskStatus[None]) -> None:
        self.hsm = Hsm(load_lmk("test"))
        address = self.addresses.get(HSM, ANY_PORT)
        await serve_hsm(self.hsm, *address, task_status=_Listening(self, HSM, task_status))

    async def _run_issuer(self, name: str, *, task_status: trio.TaskStatus[None]) -> None:
        issuer = self.issuers[name] = Issuer(self.plan.issuer_at(name, self.addresses))
        await issuer.run(task_status=_Listening(self, name, task_status))

    async def _run_switch(self, *, task_status: trio.TaskStatus[None]) -> None:
        switch = Switch(self.plan.switch_at(self._folder, self.addresses))
        self.switch = switch
        await switch.run(task_status=_Listening(self, "", task_status))

    async def _run_acquirer(self, name: str, *, task_status: trio.TaskStatus[None]) -> None:
        acquirer = self.acquirers[name] = Acquirer(self.plan.acquirer_at(name, self.addresses))
        await acquirer.run(task_status=task_status)


class _Listening:
    """Keeps where a party listens when it says so; `name` is empty for one that has several addresses."""

    def __init__(self, network: Network, name: str, inner: trio.TaskStatus[None]) -> None:
        self._network = network
        self._name = name
        self._inner = inner

    def started(self, value: Any = None) -> None:
        """See `trio.TaskStatus`."""
        found = {self._name: Address(*value)} if self._name else value
        self._network.addresses |= found
        self._inner.started()


@asynccontextmanager
async def open_network(plan: Plan, folder: Path) -> AsyncIterator[Network]:
    """A network whose parties are yet to be started; at the end the switch is drained, and all are stopped.

    Args:
        plan: who they are.
        folder: for the journal; it is there.
    """
    with ExitStack() as reserved:
        async with trio.open_nursery() as nursery:
            network = Network(plan, folder, nursery)
            for name in plan.absent:
                network.addresses[name] = _refusing(reserved)
            yield network
            await network.stop(SWITCH)
            nursery.cancel_scope.cancel()


def _refusing(reserved: ExitStack) -> Address:
    """An address that is bound and never listened on: whoever dials it is refused."""
    bound = reserved.enter_context(socket.socket())
    bound.bind(ANY_PORT)
    return Address(*bound.getsockname())
