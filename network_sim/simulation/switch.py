"""The switch's engine, group commit and queues on simulated links and disk; it crashes and starts again."""

from collections.abc import Callable, Mapping

from saklar.codecs import DecodeError, Message
from saklar.hsm_sim import Hsm
from saklar.network_sim.promises import Debt, Promises
from saklar.network_sim.simulation.acquirer import SimAcquirer
from saklar.network_sim.simulation.disk import Disk
from saklar.network_sim.simulation.wire import End, Wire
from saklar.network_sim.simulation.world import World
from saklar.switch.engine import (
    Close,
    Committed,
    Connected,
    Disconnected,
    Effect,
    Engine,
    Event,
    HsmCall,
    HsmDone,
    Link,
    Malformed,
    Note,
    Received,
    RoutingTable,
    Send,
    Store,
)
from saklar.switch.engine.remembered import Remembered
from saklar.switch.journal.group import GroupCommit, News

HSM_TIMEOUT_S = 3.0
RETRY_S = 0.5
PATIENCE_S = 0.2
"""Beyond an acquirer's limit, by which an answer may be late for being on its way to the network."""

Accept = Callable[[Wire], bool]
"""An issuer takes a connection, or (False) cannot be reached."""


class SimSwitch:
    """A switch that runs, crashes and runs again.

    Args:
        world: time and faults.
        links, routes: its configuration.
        disk: what stays.
        hsm: translates PIN blocks.
        secrets: what may stand in no line of the log.
        make_engine: the engine's class; a mutated one must be caught.
    """

    def __init__(
        self,
        world: World,
        links: Mapping[str, Link],
        routes: RoutingTable,
        disk: Disk,
        hsm: Hsm,
        secrets: set[str],
        make_engine: Callable[..., Engine] = Engine,
    ) -> None:
        self._world = world
        self.links = links
        self._routes = routes
        self.disk = disk
        self._hsm = hsm
        self._make_engine = make_engine
        self.issuers: dict[str, tuple[Accept, End]] = {}
        self.life = 0
        """Grows with each start: what an earlier life left behind finds nobody."""
        self.engine: Engine | None = None
        self._wires: dict[int, Wire] = {}
        self._wire_count = 0
        self._group = GroupCommit()
        self._is_writing = False
        self._batch = 0
        self._tick_at: float | None = None
        self._promises = Promises(world.broken, secrets)
        self._disk_trouble_at = -1e9

    # Life and death.

    def start(self) -> None:
        """Recover, then open the links."""
        self.life += 1
        world = self._world
        earlier = self.disk.recover()
        self._promises.recovered(earlier.remembered)
        self.engine = engine = self._make_engine(
            self.links,
            self._routes,
            wall_clock=world.wall_clock,
            rng=world.rng,
            hsm_timeout_s=HSM_TIMEOUT_S,
            last_position=earlier.last_position,
        )
        self._group, self._is_writing, self._tick_at = GroupCommit(), False, None
        self._batch = earlier.last_commit
        world.note("switch", f"starts: {len(earlier.remembered)} remembered, {len(earlier.doubtful)} doubtful")
        for effect in engine.recover(earlier, world.now):
            if isinstance(effect, Store):
                if world.strikes("switch_crashes"):
                    self.crash()
                    return
                self._batch = self.disk.write(list(effect.records), earlier.last_commit)
                self._promises.stored(effect.records)
                self._promises.committed(1)
                self._do(engine.handle(Committed(1), world.now))
            else:
                self._do([effect])
        self._plan_tick()
        for name in self.issuers:
            self._dial_soon(name)

    def crash(self) -> None:
        """Forget everything that is not on the disk."""
        if self.engine is None:
            return
        world = self._world
        world.note("switch", "CRASHES")
        if self._is_writing and world.rng.random() < 0.5:
            self.disk.write(self._group.take(world.now), self._told())
        self.engine = None
        self._promises.crashed()
        wires, self._wires = list(self._wires.values()), {}
        for wire in wires:
            wire.cut()
        world.after(world.rng.uniform(0.05, 5.0), self.start)

    # Links.

    def connect(self, link: str, party: SimAcquirer) -> Wire | None:
        """An acquirer dials; None if nobody listens."""
        if self.engine is None:
            return None
        return self._open(link, party)

    def _open(self, link: str, party: End) -> Wire:
        self._wire_count += 1
        wire = Wire(self._world, self._wire_count, link, self.links[link].dialect, self, party)
        self._wires[wire.number] = wire
        self.handle(Connected(wire.number, link))
        return wire

    def _dial_soon(self, issuer: str) -> None:
        life, delay = self.life, self._world.rng.uniform(0.01, 1.0)
        self._world.after(delay, lambda: self._dial(issuer, life))

    def _dial(self, issuer: str, life: int) -> None:
        if self.engine is None or life != self.life:
            return
        accept, end = self.issuers[issuer]
        wire = Wire(self._world, self._wire_count + 1, issuer, self.links[issuer].dialect, self, end)
        if not accept(wire):
            self._dial_soon(issuer)
            return
        self._wire_count += 1
        self._wires[wire.number] = wire
        self.handle(Connected(wire.number, issuer))

    def received(self, wire: Wire, message: Message) -> None:
        """A message came to the switch."""
        if self._wires.get(wire.number) is not wire:
            return
        if self.links[wire.link].role == "acquirer":
            self._owe(wire, message, in_time=True)
        self.handle(Received(wire.number, message))

    def malformed(self, wire: Wire, error: DecodeError) -> None:
        """Something came that is none."""
        if self._wires.get(wire.number) is not wire:
            return
        if self.links[wire.link].role == "acquirer" and 11 in error.partial:
            self._owe(wire, error.partial, in_time=False)
        self.handle(Malformed(wire.number, error))

    def lost(self, wire: Wire) -> None:
        """A connection is gone."""
        if self._wires.pop(wire.number, None) is None:
            return
        self._promises.disconnected(wire.number)
        life, unsent = self.life, wire.tokens("waiting")
        self.handle(Disconnected(wire.number, unsent, wire.tokens("leaving")))
        for entry in unsent:
            if life == self.life and isinstance(entry, Remembered) and entry.state == "approved" and entry.told <= 0:
                self._world.broken(f"an approval that has not left is not reversed: {entry.id}")
        if self.links[wire.link].role == "issuer":
            self._dial_soon(wire.link)

    # Events and effects.

    def handle(self, event: Event) -> None:
        """The engine takes an event, if it lives."""
        if self.engine is not None:
            if isinstance(event, Committed):
                self._promises.committed(event.count)
            self._do(self.engine.handle(event, self._world.now))
            self._plan_tick()

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if self.engine is None:
                return
            if self._world.strikes("switch_crashes"):
                self.crash()
                return
            match effect:
                case Send(number, payload, token):
                    self._send(number, payload, token)
                case Store(records):
                    self._promises.stored(records)
                    self._group.store(records)
                    self._write_soon()
                case HsmCall(id_, request):
                    self._ask_hsm(id_, request)
                case Close(number):
                    if number in self._wires:
                        self._wires[number].cut()
                case Note(_, event, fields):
                    self._log(event, str(dict(fields)))

    def _send(self, number: int, payload: bytes, token: object) -> None:
        wire = self._wires.get(number)
        if wire is None:
            return
        message = self.links[wire.link].dialect.decode(payload)
        self._world.note("switch", f"to {wire.link}: {message.mti} {message.get(11)} {message.get(39) or ''}")
        if self.links[wire.link].role == "acquirer":
            self._promises.answered(number, message)
            if isinstance(token, Remembered):
                self._promises.approves(token.id)
        else:
            self._promises.forwarded(wire.link, message)
        wire.send(payload, token, self._batch)

    def _log(self, event: str, text: str) -> None:
        self._world.note("log", f"{event} {text}")
        self._promises.logged(event, text)

    def _plan_tick(self) -> None:
        deadline = self.engine.next_deadline if self.engine is not None else None
        if deadline is None or (self._tick_at is not None and self._tick_at <= deadline):
            return
        self._tick_at = deadline
        life = self.life
        self._world.after(max(0.0, deadline - self._world.now), lambda: self._tick(life, deadline))

    def _tick(self, life: int, deadline: float) -> None:
        if self.engine is None or life != self.life:
            return
        if self._tick_at == deadline:
            self._tick_at = None
        self._do(self.engine.tick(self._world.now))
        self._plan_tick()

    def _ask_hsm(self, id_: str, request: bytes) -> None:
        world, life = self._world, self.life
        if world.strikes("hsm"):
            kind = world.rng.choice(("silent", "gone", "error"))
            response = {"silent": None, "gone": None, "error": request[:1] + b"D21"}[kind]
            if kind == "silent":
                return
        else:
            response = self._hsm.execute(request)
        world.after(world.delay(), lambda: self.handle(HsmDone(id_, response)) if life == self.life else None)

    # The disk.

    def _write_soon(self) -> None:
        if not self._is_writing:
            self._is_writing = True
            life = self.life
            self._world.after(0.0, lambda: self._write(life))

    def _write(self, life: int) -> None:
        if self.engine is None or life != self.life:
            return
        world = self._world
        records = self._group.take(world.now)
        stalls = world.strikes("disk_stalls")
        duration = world.rng.uniform(1.0, 60.0) if stalls else world.rng.expovariate(500.0)
        fails = world.strikes("disk_fails")
        if stalls or fails:
            self._disk_trouble_at = world.now + duration
        if stalls:
            world.note("disk", f"stalls for {duration:.1f} s")
            self._look(life)
        world.after(duration, lambda: self._wrote(life, records, fails=fails))

    def _look(self, life: int) -> None:
        if self.engine is None or life != self.life or not self._is_writing:
            return
        self._tell(self._group.look(self._world.now))
        self._world.after(0.5, lambda: self._look(life))

    def _wrote(self, life: int, records: list, *, fails: bool) -> None:  # type: ignore[type-arg]
        if self.engine is None or life != self.life:
            return
        world = self._world
        if fails:
            world.note("disk", "fails")
            self._disk_trouble_at = world.now
            world.after(RETRY_S, lambda: self._write(life))
            self._tell(self._group.failed("no space left on device"))
            return
        self._batch = self.disk.write(records, self._told())
        self._is_writing = False
        self._tell(self._group.done())
        if not self._group.idle and self.engine is not None:
            self._write_soon()

    def _tell(self, news: list[News]) -> None:
        life = self.life
        for event in news:
            if life == self.life:
                self.handle(event)

    def _told(self) -> int:
        marks = [wire.oldest_mark for wire in self._wires.values()]
        return min([self._batch, *(mark - 1 for mark in marks if mark is not None)])

    def _owe(self, wire: Wire, message: Message, *, in_time: bool) -> None:
        came = self._world.now
        debt = self._promises.asked(wire.number, message, came)
        if debt is not None and in_time:
            limit = self.links[wire.link].timeout_s + PATIENCE_S
            self._world.after(limit, lambda: self._check_in_time(debt, came, self.life))

    def _check_in_time(self, debt: Debt, came: float, life: int) -> None:
        if life != self.life or debt[0] not in self._wires:
            return
        healthy = self._disk_trouble_at < came - 1.0
        if healthy and self._promises.is_owed(debt, came):
            self._world.broken(f"a request with STAN {debt[2]} has no answer within its limit")

    def unanswered(self) -> list[str]:
        """STANs of requests that have had no answer on links that are up."""
        return self._promises.unanswered()
