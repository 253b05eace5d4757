"""What a case is played on: the parties and, where the scenario has one, saklar's own switch with its HSM."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import trio

from saklar.hsm_sim import Hsm, load_lmk, serve_hsm
from saklar.hsm_sim.server.faults import Fault, Faults
from saklar.network_sim.scenario.disk import Disk
from saklar.network_sim.scenario.facts import HOST, SWITCH, PartyFacts, Setup
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.proxy import Proxy
from saklar.network_sim.scenario.result import PartyView
from saklar.network_sim.scenario.rulebook import RuleTap
from saklar.network_sim.scenario.station import NotConnected, Station
from saklar.network_sim.scenario.switch_file import ANY_PORT, linked, needs_hsm, switch_configuration
from saklar.network_sim.scenario.wire import Tap
from saklar.switch import Configuration, ConfigurationError, Switch
from saklar.switch.engine import Engine
from saklar.switch.journal import JournalError, JournalKeys, read_keys
from saklar.switch.links import Address

READY_S = 10.0
"""For the switch to have its issuers."""

END_S = 60.0
"""For the switch to end, beyond what it has to drain in."""

FOREVER_S = 86_400.0
FAST_FOLDER = Path("/dev/shm")  # noqa: S108 (a folder that is memory, on Linux; made with mkdtemp)


class NotStaged(Exception):
    """What the case is to be played on cannot be set up; `str()` says why."""


class HsmFaults(Faults):
    """What is wrong with the HSM now: nothing, everything, or what the rules of steps say."""

    def __init__(self) -> None:
        super().__init__(())
        self.mode = ""

    def of_command(self, code: str) -> Fault | None:
        """See `Faults`."""
        if self.mode == "frozen":
            return Fault("frozen", FOREVER_S, "", close=False)
        return Fault("failing", 0.0, "41", close=False) if self.mode == "failing" else super().of_command(code)

    def heal(self) -> None:
        """Nothing is wrong with it any more."""
        self.mode = ""
        self.clear()


class Stage:
    """The parts of a network, running.

    Args:
        setup: what is declared.
        rng: draws.
        clock: UTC.
        folder: for the journal.
        make_engine: makes the switch's engine, or one that is watched.
        spray: what happens to payloads of acquirers and issuers besides what their rules have, if anything.
    """

    def __init__(
        self,
        setup: Setup,
        rng: random.Random,
        clock: Callable[[], datetime],
        folder: Path,
        *,
        make_engine: Callable[..., Engine] = Engine,
        spray: Callable[[Station, RuleTap], Tap] | None = None,
    ) -> None:
        self.setup = setup
        self.folder = folder
        self._make_engine = make_engine
        self.switch: Switch | None = None
        self.configuration: Configuration | None = None
        self.hsm_faults = HsmFaults()
        self.disk = Disk()
        self.addresses: dict[str, Address] = {}
        self.stations: dict[str, Station] = {}
        for name, facts in setup.parties.items():
            kind = Proxy if facts.role == "proxy" else Station
            self.stations[name] = kind(facts, setup, rng, clock, HOST if facts.link == "" else SWITCH)
            self.stations[name].spray = spray if kind is Station else None
        self._introduce()
        self._nursery: trio.Nursery | None = None
        self._hsm_address: Address | None = None
        self._hsm_scope = trio.CancelScope()
        self._switch_scope = trio.CancelScope()
        self._switch_done = trio.Event()
        self._is_draining = False
        self._seed = rng.random()
        self._starts = 0

    @property
    def _proxies(self) -> list[Proxy]:
        return [station for station in self.stations.values() if isinstance(station, Proxy)]

    def _introduce(self) -> None:
        """Tell who talks through a proxy so, and the proxies between whom they are."""
        for proxy in self._proxies:
            name, before = proxy.facts.name, self.stations.get(proxy.facts.before)
            if before is not None:
                outer, inner = before.peer, proxy.facts.before
                ours = before.facts.role == "acquirer"
                proxy.downstream, proxy.peer = (inner, outer) if ours else (outer, inner)
                before.peer = name
                continue
            proxy.downstream = HOST
            for station in self.stations.values():
                if station.facts.role == "acquirer" and station.facts.address == proxy.facts.address:
                    station.peer, proxy.downstream = name, station.facts.name
                elif station.facts.listens and station.facts.address == proxy.upstream and station is not proxy:
                    station.peer, proxy.peer = name, station.facts.name

    @property
    def parties(self) -> tuple[PartyView, ...]:
        """The lanes of a diagram: acquirers, the switch or the host, issuers."""
        views = [
            PartyView(n, s.facts.role, s.facts.dialect.name, str(s.address or "")) for n, s in self.stations.items()
        ]
        acquirers = {view.name for view in views if view.role == "acquirer"}
        early = [v for v in views if v.role == "proxy" and self._proxy_is_early(v.name, acquirers)]
        left = [view for view in views if view.name in acquirers]
        right = [view for view in views if view not in left and view not in early]
        right.sort(key=lambda view: view.role != "proxy")
        middle = [PartyView(SWITCH, "switch")] if self.setup.network is not None else []
        if any(HOST in (s.peer, getattr(s, "downstream", "")) for s in self.stations.values()):
            middle.append(PartyView(HOST, "host"))
        return (*left, *early, *middle, *right)

    def _proxy_is_early(self, name: str, acquirers: set[str]) -> bool:
        station = self.stations[name]
        return isinstance(station, Proxy) and station.downstream in acquirers

    async def open(self, nursery: trio.Nursery) -> None:
        """Start everything.

        Raises:
            NotStaged: something cannot be started.
        """
        self._nursery = nursery
        nursery.start_soon(self.disk.guard)
        try:
            for name, station in self.stations.items():
                if isinstance(station, Proxy) and station.facts.before:
                    continue
                await self._start(nursery, name, station)
            for proxy in self._proxies:
                before = self.stations.get(proxy.facts.before)
                if before is not None and before.listens:
                    name = proxy.facts.name
                    proxy.upstream = self.addresses[before.facts.name]
                    self.addresses[before.facts.name] = await self._start(nursery, name, proxy)
        except OSError as error:
            raise NotStaged(
                f"{name} cannot listen on {station.address}: {(error.strerror or str(error)).lower()}"
            ) from None
        if self.setup.network is not None:
            if needs_hsm(self.setup):
                await self.start_hsm()
            await self.start_switch()
        await self._stand_in_front(nursery)
        await self._connect()

    async def _start(self, nursery: trio.Nursery, name: str, station: Station) -> Address:
        address: Address | None = await nursery.start(station.run)
        if address is not None and station.listens:
            self.addresses[name] = address
        return address or ANY_PORT

    async def _stand_in_front(self, nursery: trio.Nursery) -> None:
        """Proxies of parties that dial: these dial the proxies, which dial on."""
        for proxy in self._proxies:
            before = self.stations.get(proxy.facts.before)
            if before is not None and not before.listens:
                proxy.upstream = before.address
                before.address = await self._start(nursery, proxy.facts.name, proxy)

    async def _connect(self) -> None:
        """Acquirers open their connections; the switch opens those to its issuers."""
        for station in self.stations.values():
            try:
                if not station.listens and station.facts.role == "acquirer":
                    for _ in range(station.facts.connections):
                        await station.connect()
            except NotConnected as error:
                raise NotStaged(str(error)) from None
        if self.switch is not None:
            await self.wait_ready()

    async def wait_ready(self) -> None:
        """Wait until the switch has signed on to its issuers, those that answer network management by themselves."""
        assert self.switch is not None
        with trio.move_on_after(READY_S):
            for facts in linked(self.setup):
                station = self.stations[facts.name]
                if facts.role == "issuer" and facts.automatic and not any(seat.by_hand for seat in station.seats):
                    await self.switch.wait_ready(facts.link)

    @property
    def journal(self) -> tuple[Path, JournalKeys]:
        """The switch's journal, and its keys.

        Raises:
            JournalError: they cannot be read.
        """
        configuration = self.configuration
        if configuration is None:
            raise JournalError("the switch was not started")
        lmk = load_lmk(configuration.journal.lmk)
        return configuration.journal_path, read_keys(configuration.journal_key_file, lmk)

    # The HSM.

    async def start_hsm(self) -> None:
        """Start it, where it was before."""
        assert self._nursery is not None
        self._hsm_scope = trio.CancelScope()
        self.hsm_faults.mode = ""
        self._hsm_address = Address(*await self._nursery.start(self._serve_hsm))

    async def _serve_hsm(self, *, task_status: trio.TaskStatus[tuple[str, int]]) -> None:
        hsm = Hsm(load_lmk("test"))
        host, port = self._hsm_address or ANY_PORT
        with self._hsm_scope:
            await serve_hsm(hsm, host, port, faults=self.hsm_faults, task_status=task_status)

    def stop_hsm(self) -> None:
        """End it at once."""
        self._hsm_scope.cancel()

    # The switch.

    async def start_switch(self) -> None:
        """Start it, with the journal that it had.

        Raises:
            NotStaged: it cannot be started.
        """
        assert self._nursery is not None
        if self.disk.frozen:
            raise NotStaged("the switch cannot be started: its disk is frozen")
        if self.configuration is None:
            try:
                self.configuration = switch_configuration(self.setup, self.folder, self.addresses, self._hsm_address)
            except Wrong as wrong:
                raise NotStaged(str(wrong.problem.message)) from None
        self._switch_scope, self._switch_done, self._is_draining = trio.CancelScope(), trio.Event(), False
        self._starts += 1
        try:
            self.switch = Switch(
                self.configuration,
                storing=self.disk.under,
                make_engine=partial(self._make_engine, rng=self._rng("engine")),
                make_rng=self._rng,
            )
            addresses = await self._nursery.start(self._run_switch, self.switch)
        except ConfigurationError as error:
            raise NotStaged(f"the switch cannot be started: {error}") from None
        self._keep_addresses(addresses)

    def _rng(self, purpose: str) -> random.Random:
        """Draws for a part of the switch; others after each start, as ids and STANs of before may not come again."""
        return random.Random(f"{self._seed} {self._starts} {purpose}")  # noqa: S311 (a scenario is to be repeatable)

    def _keep_addresses(self, addresses: Mapping[str, Address]) -> None:
        """Acquirers dial where the switch listens now, and it listens there again after a restart."""
        assert self.configuration is not None
        links = {
            name: table.model_copy(update={"listen": addresses[name]}) if name in addresses else table
            for name, table in self.configuration.link.items()
        }
        self.configuration = self.configuration.model_copy(update={"link": links})
        for facts in linked(self.setup):
            if facts.role == "acquirer" and facts.link in addresses:
                in_front = next((proxy for proxy in self._proxies if proxy.facts.before == facts.name), None)
                if in_front is not None and in_front.upstream is not None:
                    in_front.upstream = addresses[facts.link]
                else:
                    self.stations[facts.name].address = addresses[facts.link]

    async def _run_switch(self, switch: Switch, *, task_status: trio.TaskStatus[dict[str, Address]]) -> None:
        done = self._switch_done
        try:
            with self._switch_scope:
                await switch.run(task_status=task_status)
        finally:
            done.set()

    async def kill_switch(self) -> None:
        """End it at once, wherever it is."""
        self._switch_scope.cancel()
        self.disk.let_go()
        await self._switch_done.wait()

    async def drain_switch(self) -> None:
        """Let it end in order.

        Raises:
            NotStaged: it does not end.
        """
        assert self.switch is not None and self.configuration is not None
        self._is_draining = True
        self.switch.stop()
        limit_s = self.configuration.switch.drain_ms / 1000 + END_S
        with trio.move_on_after(limit_s):
            await self._switch_done.wait()
        if not self._switch_done.is_set():
            why = ": its disk is frozen" if self.disk.frozen else ""
            raise NotStaged(f"the switch does not end within {limit_s:g} s{why}")

    async def mend(self) -> None:
        """Let everything work and everybody behave from now on, whatever was done to them.

        Raises:
            NotStaged: the switch cannot be started again.
        """
        for station in self.stations.values():
            await station.calm()
        self.disk.failing = False
        self.disk.thaw()
        self.hsm_faults.heal()
        if self._hsm_scope.cancel_called:
            await self.start_hsm()
        if self._is_draining and self.switch is not None and not self._switch_done.is_set():
            await self.drain_switch()
        if self.switch is not None and self._switch_done.is_set():
            await self.start_switch()

    def station_of(self, facts: PartyFacts) -> Station:
        """A party's."""
        return self.stations[facts.name]


def _fast_folder() -> Path | None:
    return FAST_FOLDER if FAST_FOLDER.is_dir() else None


@asynccontextmanager
async def open_stage(
    setup: Setup,
    rng: random.Random,
    clock: Callable[[], datetime],
    *,
    make_engine: Callable[..., Engine] = Engine,
    spray: Callable[[Station, RuleTap], Tap] | None = None,
) -> AsyncIterator[Stage]:
    """A stage, running (see `Stage`); at the end everything is stopped, and its folder removed.

    Raises:
        NotStaged: something cannot be started.
    """
    parent = _fast_folder()
    folder = Path(tempfile.mkdtemp(prefix="saklar-play-", dir=parent))
    refusal: NotStaged | None = None
    try:
        stage = Stage(setup, rng, clock, folder, make_engine=make_engine, spray=spray)
        async with trio.open_nursery() as nursery:
            try:
                await stage.open(nursery)
            except NotStaged as error:
                refusal = error
            else:
                yield stage
            nursery.cancel_scope.cancel()
        if refusal is not None:
            raise refusal
    finally:
        shutil.rmtree(folder, ignore_errors=True)
