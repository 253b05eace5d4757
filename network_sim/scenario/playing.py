"""Playing many cases: in virtual time or real, one by one or several at once, to a result for reports."""

from __future__ import annotations

import random
import shlex
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
import trio

from saklar.network_sim.scenario.aiming import aimed, has_own_port, is_kept, is_self_contained
from saklar.network_sim.scenario.chaos import Chaos
from saklar.network_sim.scenario.chaos.aftermath import REAL, VIRTUAL, Harness
from saklar.network_sim.scenario.chaos.running import ChaosRun
from saklar.network_sim.scenario.checking import walk
from saklar.network_sim.scenario.disk import threads_at_work
from saklar.network_sim.scenario.facts import Case, Setup
from saklar.network_sim.scenario.recording import Recorder
from saklar.network_sim.scenario.result import CaseResult, Failure, Lateness, Place, RunResult
from saklar.network_sim.scenario.running import Run
from saklar.network_sim.scenario.stage import NotStaged, Stage, open_stage
from saklar.network_sim.virtual import VirtualClock, use_virtual_network
from saklar.switch.links import Address

log = structlog.get_logger()

HEARTBEAT_S = 0.01
"""Between looks at how late the runner itself is."""

INTERRUPTED = "interrupted"

MAX_LATENESSES = 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How to play.

    Attributes:
        seed: of everything that is drawn.
        parallel: cases at once.
        fail_fast: stop after the first that does not pass.
        real_time: no virtual time, even where it could be.
        against: somebody's host instead of saklar's own switch.
        variables: as they were given, for the command that plays a case again.
        chaos: faults on the connections, if there are to be any.
    """

    seed: int = 0
    parallel: int = 1
    fail_fast: bool = False
    real_time: bool = False
    against: Address | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    chaos: Chaos | None = None

    def rerun(self, case: Case) -> str:
        """The command that plays a case again, as it was played."""
        words = ["saklar", "play", case.id, "--seed", str(self.seed)]
        for name, value in self.variables.items():
            words += ["--var", f"{name}={case.scope.masked(value)}"]
        if self.against is not None:
            words += ["--against", str(self.against)]
        if self.real_time:
            words.append("--real-time")
        if self.chaos is not None:
            words += self.chaos.as_given()
        return shlex.join(words)


Told = Callable[[CaseResult], None]


def play(cases: Sequence[Case], options: Options = Options(), told: Told = lambda _: None) -> RunResult:
    """Play cases; a SIGINT or SIGTERM in the middle ends the run in order, with what was found until then.

    Args:
        cases: in order.
        options: how.
        told: is told of each case as it ends.
    """
    if options.against is not None:
        cases = [aimed(case, options.against) for case in cases]
    player = Player(options, told)
    virtual = [case for case in cases if not options.real_time and is_self_contained(case.setup)]
    chosen = {case.id for case in virtual}
    real = [case for case in cases if case.id not in chosen]
    began = time.perf_counter()
    started_at = datetime.now(UTC)
    if virtual:
        trio.run(player.play_virtually, virtual, clock=VirtualClock(threads_at_work))
    if real and not player.stopped:
        trio.run(player.play_really, real)
    clock = "mixed" if virtual and real else "virtual" if virtual else "real"
    return RunResult(
        cases=tuple(player.result_of(case) for case in cases),
        seed=options.seed,
        started_at=started_at.isoformat(timespec="milliseconds"),
        elapsed_s=time.perf_counter() - began,
        clock=clock,  # type: ignore[arg-type]
        parallel=options.parallel,
        interrupted=player.interrupted,
        lateness=player.lateness,
        against=str(options.against or ""),
        chaos=options.chaos.view if options.chaos is not None else None,
    )


Play = Callable[[Stage, Harness | None], Awaitable[None]]
"""What is done on a stage."""


class Player:
    """Plays cases and keeps what came of them."""

    def __init__(self, options: Options, told: Told = lambda _: None) -> None:
        self._options = options
        self._told = told
        self._results: dict[str, CaseResult] = {}
        self._cut: dict[str, CaseResult] = {}
        """What there is of cases whose stage came down."""
        self._late_ms: list[float] = []
        self._scope = trio.CancelScope()
        self._room = trio.CapacityLimiter(max(1, options.parallel))
        self._clock = "virtual"
        self.interrupted = False
        self.stopped = False

    def result_of(self, case: Case) -> CaseResult:
        """What came of a case; one that was not reached is skipped."""
        found = self._results.get(case.id)
        return found or self._empty(case, "interrupted" if self.interrupted else "the run ended before it")

    @property
    def lateness(self) -> Lateness:
        """How much later than due the runner did things."""
        if not self._late_ms:
            return Lateness()
        late = sorted(self._late_ms)
        return Lateness(len(late), late[len(late) // 2], late[min(len(late) - 1, int(len(late) * 0.99))], late[-1])

    async def play_virtually(self, cases: Sequence[Case]) -> None:
        """Play in virtual time: the clock of this trio run is a `VirtualClock`."""
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, VirtualClock)
        use_virtual_network()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(clock.drive)
            await self._play(cases)
            nursery.cancel_scope.cancel()

    async def play_really(self, cases: Sequence[Case]) -> None:
        """Play in real time, over real sockets."""
        self._clock = "real"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._feel_the_pulse)
            await self._play(cases)
            nursery.cancel_scope.cancel()

    async def _feel_the_pulse(self) -> None:
        while True:
            due = trio.current_time() + HEARTBEAT_S
            await trio.sleep_until(due)
            self._note_lateness(trio.current_time() - due)

    def _note_lateness(self, seconds: float) -> None:
        if self._clock == "real" and len(self._late_ms) < MAX_LATENESSES:
            self._late_ms.append(max(0.0, seconds) * 1000)

    async def _play(self, cases: Sequence[Case]) -> None:
        self._scope = trio.CancelScope()
        with self._scope:
            async with trio.open_nursery() as nursery:
                if threading.current_thread() is threading.main_thread():
                    nursery.start_soon(self._listen_for_signals)
                await self._play_groups(cases)
                nursery.cancel_scope.cancel()

    async def _listen_for_signals(self) -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                self.interrupted = self.stopped = True
                self._scope.cancel()

    async def _play_groups(self, cases: Sequence[Case]) -> None:
        async with trio.open_nursery() as nursery:
            for group in _groups(cases):
                if self.stopped:
                    break
                if len(group) == 1 and not (is_kept(group[0].setup) or has_own_port(group[0].setup)):
                    await self._room.acquire_on_behalf_of(group[0].id)
                    nursery.start_soon(self._play_alone, group[0])
                else:
                    await self._play_kept(group)

    async def _play_alone(self, case: Case) -> None:
        try:
            if not self.stopped:
                await self._with_stage(case.setup, [case], partial(self._play_on, case))
        finally:
            self._room.release_on_behalf_of(case.id)

    async def _play_kept(self, group: list[Case]) -> None:
        async def all_of_them(stage: Stage, harness: Harness | None) -> None:
            async with trio.open_nursery() as nursery:
                for case in group:
                    await self._room.acquire_on_behalf_of(case.id)
                    if self.stopped:
                        self._room.release_on_behalf_of(case.id)
                        break
                    nursery.start_soon(one, case, stage, harness)

        async def one(case: Case, stage: Stage, harness: Harness | None) -> None:
            try:
                await self._play_on(case, stage, harness)
            finally:
                self._room.release_on_behalf_of(case.id)

        await self._with_stage(group[0].setup, group, all_of_them)

    async def _with_stage(self, setup: Setup, cases: list[Case], do: Play) -> None:
        wanted = [case for case in cases if not case.skip]
        for case in cases:
            if case.skip:
                self._tell(self._empty(case, case.skip))
        if not wanted:
            return
        rng = random.Random(f"{self._options.seed} {wanted[0].id} stage")  # noqa: S311 (it draws test data)
        harness = self._harness(setup, len(wanted))
        watched = {} if harness is None else harness.parts
        try:
            async with open_stage(setup, rng, self._utc(), **watched) as stage:
                await do(stage, harness)
        except NotStaged as error:
            for case in wanted:
                self._tell(self._refused(case, str(error)))
        except Exception as error:
            log.error("scenario.failed", case=wanted[0].id, exc_info=error)
            for case in wanted:
                if case.id not in self._results:
                    cut = self._cut.pop(case.id, None) or self._refused(case, "")
                    self._tell(_ended(cut, case, f"saklar itself failed: {innermost(error)!r}"))

    def _harness(self, setup: Setup, cases: int) -> Harness | None:
        """What makes chaos of a stage, if there is to be any."""
        chaos = self._options.chaos
        return None if chaos is None else Harness(chaos, setup, REAL if self._clock == "real" else VIRTUAL, cases)

    def _utc(self) -> Callable[[], datetime]:
        """The time of day: real at the beginning of the run, and as fast as its clock."""
        base, began = datetime.now(UTC), trio.current_time()
        return lambda: base + timedelta(seconds=trio.current_time() - began)

    async def _play_on(self, case: Case, stage: Stage, harness: Harness | None) -> None:
        if case.skip:
            return
        began, started_at = time.perf_counter(), datetime.now(UTC)
        rng = random.Random(f"{self._options.seed} {case.id}")  # noqa: S311 (it draws test data)
        run = self._run(case, stage, rng, harness)
        ended = INTERRUPTED
        try:
            await run.play()
            ended = ""
        except Exception as error:
            ended = f"saklar itself failed: {innermost(error)!r}"
            log.exception("scenario.failed", case=case.id)
        finally:
            result = CaseResult(
                id=case.id,
                name=case.name,
                place=run.recorder.place(case.span),
                tags=case.tags,
                verdict="error" if ended else run.verdict,
                row=case.row,
                failures=tuple(run.failures),
                parties=stage.parties,
                steps=_listing(run.recorder, case),
                events=tuple(run.recorder.events),
                clock="real" if self._clock == "real" else "virtual",
                duration_s=run.recorder.elapsed_s,
                elapsed_s=time.perf_counter() - began,
                started_at=started_at.isoformat(timespec="milliseconds"),
                seed=self._options.seed,
                rerun=self._options.rerun(case),
                faults=run.faults,
            )
            if ended == INTERRUPTED and not self.interrupted:
                self._cut[case.id] = result  # something else on its stage has failed, and says what
            else:
                self._tell(_ended(result, case, ended))

    def _run(self, case: Case, stage: Stage, rng: random.Random, harness: Harness | None) -> Run:
        if harness is None:
            return Run(case, stage, rng, self._utc(), self._note_lateness)
        return ChaosRun(case, stage, rng, self._utc(), self._note_lateness, harness=harness)

    def _tell(self, result: CaseResult) -> None:
        self._results[result.id] = result
        self._told(result)
        if self._options.fail_fast and result.verdict in ("failed", "error"):
            self.stopped = True

    def _empty(self, case: Case, reason: str) -> CaseResult:
        recorder = Recorder(case.scope, case.lines, lambda: 0.0)
        return CaseResult(
            case.id,
            case.name,
            recorder.place(case.span),
            case.tags,
            "skipped",
            case.row,
            reason=reason,
            steps=_listing(recorder, case),
            seed=self._options.seed,
            rerun=self._options.rerun(case),
        )

    def _refused(self, case: Case, reason: str) -> CaseResult:
        unplayed = self._empty(case, "")
        failures = (Failure(unplayed.place, case.scope.masked(reason)),) if reason else ()
        return replace(unplayed, verdict="error", failures=failures)


def _ended(result: CaseResult, case: Case, why: str) -> CaseResult:
    """The result with what ended it, if that was not the case itself."""
    if not why:
        return result
    place = Recorder(case.scope, case.lines, lambda: 0.0).place(case.span)
    return replace(result, failures=(*result.failures, Failure(place, case.scope.masked(why))))


def _listing(recorder: Recorder, case: Case) -> tuple[Place, ...]:
    return recorder.listing(step.span for step in walk(case.steps))


def _groups(cases: Iterable[Case]) -> Iterable[list[Case]]:
    """Cases that are played on one stage: neighbours of a file with the same declarations, where it is kept."""
    group: list[Case] = []
    for case in cases:
        same = bool(group) and is_kept(case.setup) and stage_key(group[-1]) == stage_key(case)
        if group and not same:
            yield group
            group = []
        group.append(case)
    if group:
        yield group


def stage_key(case: Case) -> object:
    """What cases have in common that can be played on one stage."""
    return case.span.file, case.setup.parties, case.setup.network, case.setup.cards


def innermost(error: BaseException) -> BaseException:
    """What really went wrong, out of the groups that nurseries make of it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
