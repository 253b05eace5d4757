"""The switch as a running thing: it carries events to the engine and does what the engine says."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
import trio

from saklar.hsm_sim import HsmClient, HsmUnavailable, load_lmk
from saklar.hsm_sim.keys.lmk import TEST_LMKS
from saklar.switch.configuration import Configuration
from saklar.switch.engine import (
    NOTHING,
    Close,
    Committed,
    Connected,
    Disconnected,
    Draining,
    Effect,
    Engine,
    Event,
    HsmCall,
    HsmDone,
    Note,
    Recovered,
    Store,
)
from saklar.switch.hands import Hands
from saklar.switch.hsm import make_client
from saklar.switch.journal import Journal, JournalError, JournalWriter, SqliteJournal
from saklar.switch.keys import check_keys
from saklar.switch.link_table import LinkTable
from saklar.switch.links import Address, Ear, FramedStream, LinkConnection, Outboxes, backoff
from saklar.switch.listening import address_of, listen_on, peer_of, reason_of
from saklar.switch.toml import ConfigurationError

log = structlog.get_logger()

FAREWELL_S = 0.5
"""Time given to the last answers and sign-offs to leave before connections are closed."""

PATIENCE_S = 0.005
"""While a commit is under way nothing is read, but for no longer than this: the disk may have stalled."""

LOOKS = 4
"""Times that it is looked for something to read before a commit begins. What comes while the first of it is handled
would wait for the next commit, and a larger one costs little more: with 50 connections x 1 that is a sixth more TPS."""

Addresses = dict[str, Address]


class Switch:
    """A whole switch: links, engine, HSM client and journal.

    Args:
        configuration: a checked configuration.
        storing: what stands between the journal and who writes to it; tests let it fail.
        make_engine: makes the engine, or one that is watched.
        make_rng: makes what spreads the reconnects of a link, by its name.

    Raises:
        ConfigurationError: the journal cannot be opened.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        storing: Callable[[Journal], Journal] = lambda journal: journal,
        make_engine: Callable[..., Engine] = Engine,
        make_rng: Callable[[str], random.Random] = lambda _: random.Random(),  # noqa: S311 (it guards nothing)
    ) -> None:
        self._configuration = configuration
        self._make_rng = make_rng
        self._journal = _open_journal(configuration)
        try:
            self._earlier = self._read_journal()
        except BaseException:
            self._journal.close()
            raise
        table = configuration.journal
        self._engine = make_engine(
            configuration.links,
            configuration.routes,
            hsm_timeout_s=configuration.hsm.timeout_ms / 1000 if configuration.hsm else 0.0,
            remembered=(table.remember, table.remember_hours * 3600.0),
            last_position=self._earlier.last_position,
            trace=configuration.switch.trace,
        )
        self._outboxes = Outboxes()
        self._writer = JournalWriter(
            storing(self._journal),
            self._deliver_all,
            self._outboxes.told,
            relaxed=configuration.journal.durability == "relaxed",
            keep_days=configuration.journal.keep_days,
        )
        self._writer.batch = self._earlier.last_commit
        self._hands = Hands(self._writer, self._outboxes, self._do_other)
        self._hsm: HsmClient | None = None
        self._connections: dict[int, LinkConnection] = {}
        self._connection_count = 0
        self._connections_of: Counter[str] = Counter()
        self._events: list[Event] = []
        self._ear = Ear()
        self._waits_for_commits = configuration.journal.durability == "strict"
        self._turn = trio.Event()
        self._delivering = False
        self._timer_at: float | None = None
        self._timer_moved = trio.Event()
        self._stopping = trio.Event()
        self._settled = trio.Event()
        self._awaited_issuers: list[tuple[str, trio.Event]] = []

    def _read_journal(self) -> Recovered:
        """What earlier runs left."""
        table = self._configuration.journal
        since = datetime.now(UTC) - timedelta(hours=table.remember_hours)
        try:
            return self._journal.recover(table.remember, since.isoformat(timespec="milliseconds"))
        except JournalError as error:
            raise self._unusable(error) from None

    def _recover(self) -> None:
        """Go on where the run before stopped: what has to be decided is durable before anybody is heard."""
        earlier, self._earlier = self._earlier, NOTHING
        began = trio.current_time()
        for effect in self._engine.recover(earlier, began):
            if isinstance(effect, Store):
                try:
                    self._writer.batch = self._journal.write(effect.records, earlier.last_commit)
                except JournalError as error:
                    raise self._unusable(error) from None
                self._carry_out(self._engine.handle(Committed(1), began))
            else:
                self._carry_out([effect])
        log.info(
            "switch.recovered",
            remembered=len(earlier.remembered),
            reversed=self.counters["recovered.reversed"],
            in_doubt=self.counters["in_doubt"],
            to_forward=self._engine.to_forward,
            ms=round((trio.current_time() - began) * 1000),
        )

    def _unusable(self, error: JournalError) -> ConfigurationError:
        return ConfigurationError(self._configuration.path, [("journal.path", str(error))])

    @property
    def counters(self) -> Mapping[str, int]:
        """What was counted since the start: requests, answers, unmatched, malformed, response_code.NN and more."""
        return self._engine.counters

    async def wait_ready(self, issuer: str) -> None:
        """Wait until requests can go to this issuer link: connected, and signed on."""
        ready = trio.Event()
        self._awaited_issuers.append((issuer, ready))
        self._look_up()
        await ready.wait()

    def stop(self) -> None:
        """Begin to drain: nothing new is taken, what is pending gets its answer, then `run` returns."""
        self._stopping.set()

    async def run(self, *, task_status: trio.TaskStatus[Addresses] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until `stop`. Reports, once it listens, the address of each listening link.

        Raises:
            ConfigurationError: an address cannot be listened on, or the HSM refuses a key.
        """
        try:
            await self._run(task_status)
        except BaseExceptionGroup as group:
            refusal = _only_refusal(group)
            if refusal is None:
                raise
            raise refusal from None
        finally:
            self._ear.close()
            self._journal.close()
        log.info("switch.stopped", requests=self.counters["requests"], answers=self.counters["answers"])

    async def _run(self, task_status: trio.TaskStatus[Addresses]) -> None:
        async with trio.open_nursery() as nursery:
            self._recover()
            await self._start_hsm(nursery)
            listeners = await listen_on(self._configuration)
            nursery.start_soon(self._writer.run, self._ear.hears)
            nursery.start_soon(self._keep_time)
            nursery.start_soon(self._take_turns)
            nursery.start_soon(self._hear)
            for name, table in self._configuration.link.items():
                if table.connect is not None:
                    nursery.start_soon(self._dial, name, table, table.connect)
            task_status.started({name: address_of(found) for name, found in listeners.items()})
            if self._configuration.journal.lmk in TEST_LMKS:
                log.warning("journal.unprotected", lmk=self._configuration.journal.lmk, reason="everybody has this LMK")
            log.info("switch.started", name=self._configuration.switch.name, links=len(self._configuration.link))
            await self._accept(nursery, listeners)
            await self._drain()
            told = self._outboxes.told(self._writer.batch) if self._writer.idle else None
            nursery.cancel_scope.cancel()
        if told is not None:  # not before the writer's thread has ended, which may be at something else
            self._leave_told(told)

    # Events and effects.

    def _deliver(self, event: Event) -> None:
        """Hand an event to the engine."""
        self._deliver_all((event,))

    def _deliver_all(self, events: Iterable[Event]) -> None:
        """Hand events to the engine. What doing its effects brings about is handled after them, in order."""
        self._events += events
        if not self._delivering:
            self._carry_out([])

    def _carry_out(self, effects: list[Effect]) -> None:
        """Do effects, and then whatever they bring about; see what that has changed."""
        self._do(effects)
        self._look_up()

    def _do(self, effects: list[Effect]) -> None:
        """Do effects, and then whatever they bring about."""
        self._delivering = True
        try:
            if effects:
                self._hands.do(effects)
            while self._events:
                events, self._events = self._events, []
                self._hands.do(self._engine.handle_all(events, trio.current_time()))
        finally:
            self._delivering = False

    async def _hear(self) -> None:
        while True:
            await self._ear.wait()
            self._listen()
            while self._waits_for_commits and self._writer.is_committing:
                # Nothing that is read now could leave before the next commit, and read at its beginning it costs less.
                await trio.lowlevel.checkpoint()  # the turn of all others, while the disk works
                if not self._writer.settle(PATIENCE_S):
                    break
                self._listen()  # what the commit has released has left already

    def _listen(self) -> None:
        """Take in all that has come, from the network and of a commit: what it has stored goes into one commit."""
        self._hands.hold_back()
        for _ in range(LOOKS):
            if not self._read():
                break
            self._do([])
        self._hands.begin()
        self._look_up()

    def _read(self) -> bool:
        """Have everybody read who has something to read. Whether anybody had."""
        self._delivering = True
        try:
            return self._ear.read()
        finally:
            self._delivering = False

    async def _take_turns(self) -> None:
        # A task that is woken runs after all that were woken before it: those that read what came together.
        while True:
            await self._turn.wait()
            self._turn = trio.Event()
            if self._events:
                self._carry_out([])

    def _do_other(self, effect: Effect) -> None:
        match effect:
            case HsmCall(id_, request):
                self._call_hsm(id_, request)
            case Note(level, event, fields):
                getattr(log, level)(event, **fields)
            case Close(number, reason):
                if (connection := self._connections.get(number)) is not None:
                    connection.close(reason)

    def _call_hsm(self, id_: str, request: bytes) -> None:
        assert self._hsm is not None  # links with PIN keys are refused without an [hsm]
        self._hsm.submit(request, partial(self._take_response, id_))

    def _take_response(self, id_: str, response: bytes | None) -> None:
        self._events.append(HsmDone(id_, response))
        self._turn.set()

    def _look_up(self) -> None:
        """After events: has the next deadline come nearer, is everything settled, is an issuer there?"""
        deadline = self._engine.next_deadline
        if deadline is not None and (self._timer_at is None or deadline < self._timer_at):
            self._timer_moved.set()
        if self._engine.settled:
            self._settled.set()
        for awaited in self._awaited_issuers[:]:
            if self._engine.ready(awaited[0]):
                awaited[1].set()
                self._awaited_issuers.remove(awaited)

    async def _keep_time(self) -> None:
        while True:
            self._timer_at = self._engine.next_deadline
            with trio.move_on_at(float("inf") if self._timer_at is None else self._timer_at):
                await self._timer_moved.wait()
                self._timer_moved = trio.Event()
                continue
            self._carry_out(self._engine.tick(trio.current_time()))

    # Starting and stopping.

    async def _start_hsm(self, nursery: trio.Nursery) -> None:
        table = self._configuration.hsm
        if table is None:
            return
        self._hsm = make_client(table, nursery)
        nursery.start_soon(self._hsm.run)
        try:
            with trio.fail_after(table.timeout_ms / 1000):
                await self._hsm.wait_connected()
                await check_keys(self._configuration.path, self._configuration.link, self._hsm.call)
        except (HsmUnavailable, trio.TooSlowError):
            # Requests without a PIN need no HSM, so its absence does not keep the switch from starting.
            log.warning(
                "hsm.unreachable", consequence="keys are unchecked; requests with a PIN get 96 until it is back"
            )

    async def _accept(self, handlers: trio.Nursery, listeners: dict[str, list[trio.SocketListener]]) -> None:
        async with trio.open_nursery() as accepting:
            for name, found in listeners.items():
                handler = partial(self._carry, name)
                accepting.start_soon(partial(trio.serve_listeners, handler, found, handler_nursery=handlers))
            await self._stopping.wait()
            accepting.cancel_scope.cancel()

    async def _drain(self) -> None:
        self._deliver(Draining())
        log.info("switch.draining", pending=self._engine.pending)
        if not await self._settles_within(self._configuration.switch.drain_ms / 1000):
            log.warning("switch.drain_cut_short", pending=self._engine.pending)
        self._carry_out(self._engine.sign_off(trio.current_time()))
        await self._settles_within(FAREWELL_S)
        with trio.move_on_after(FAREWELL_S):
            for connection in list(self._connections.values()):
                await connection.flushed()

    def _leave_told(self, told: int) -> None:
        """The last word to the journal: what was answered has left, and is not in doubt after the next start."""
        try:
            self._journal.write((), told)
        except JournalError as error:
            log.warning("journal.failing", error=str(error))

    async def _settles_within(self, limit_s: float) -> bool:
        self._settled = trio.Event()
        self._look_up()
        with trio.move_on_after(limit_s):
            await self._settled.wait()
        return self._engine.settled

    # Links.

    async def _dial(self, name: str, table: LinkTable, address: Address) -> None:
        """Keep a connection to the peer, for ever."""
        rng = self._make_rng(name)
        first, last = table.reconnect_min_ms / 1000, table.reconnect_max_ms / 1000
        waits = backoff(first, last, rng)
        while True:
            try:
                stream = await trio.open_tcp_stream(address.host, address.port)
            except OSError as error:
                wait = next(waits)
                log.warning(
                    "link.unreachable", link=name, peer=str(address), error=reason_of(error), retry_s=round(wait, 2)
                )
            else:
                began = trio.current_time()
                await self._carry(name, stream)
                if trio.current_time() - began > last:
                    waits = backoff(first, last, rng)
                wait = next(waits)
            await trio.sleep(wait)

    async def _carry(self, name: str, stream: trio.SocketStream) -> None:
        """One connection, from its start to its end."""
        table = self._configuration.link[name]
        peer = peer_of(stream)
        if self._connections_of[name] >= table.max_connections:
            log.warning("link.refused", link=name, peer=peer, reason=f"{table.max_connections} connections are open")
            await stream.aclose()
            return
        self._connection_count += 1
        number = self._connection_count
        framed = FramedStream(stream, table.framing_rule, frame_timeout_s=table.frame_timeout_ms / 1000)
        dialect = self._engine.link(name).dialect
        connection = LinkConnection(number, name, framed, dialect, table.max_outbox)
        self._connections[number] = connection
        self._outboxes.add(number, connection.outbox)
        self._connections_of[name] += 1
        log.info("link.up", link=name, connection=number, peer=peer)
        reason = "the switch stops"
        try:
            self._deliver(Connected(number, name))
            reason = await connection.run_together(self._deliver_all, self._ear)
        finally:
            del self._connections[number]
            self._connections_of[name] -= 1
            self._outboxes.remove(number)
            self._deliver(Disconnected(number, connection.outbox.unsent, connection.outbox.doubtful))
            log.info("link.down", link=name, connection=number, peer=peer, reason=reason)


def _only_refusal(group: BaseExceptionGroup[BaseException]) -> ConfigurationError | None:
    """The refusal to start that is all there is in the group, or None."""
    found, rest = group.split(ConfigurationError)
    error: BaseException | None = found if rest is None else None
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, ConfigurationError) else None


def _open_journal(configuration: Configuration) -> SqliteJournal:
    table = configuration.journal
    try:
        lmk = load_lmk(table.lmk)
        return SqliteJournal(
            configuration.journal_path, configuration.journal_key_file, lmk, durability=table.durability
        )
    except JournalError as error:
        raise ConfigurationError(configuration.path, [("journal.path", str(error))]) from None
