"""Playing cases as a load: each play begins when it is due, on a network that all share."""

from __future__ import annotations

import gc
import random
import shlex
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

import structlog
import trio

from saklar.network_sim.latencies import Latencies
from saklar.network_sim.scenario.aiming import aimed, is_self_contained
from saklar.network_sim.scenario.checking import walk
from saklar.network_sim.scenario.crowd import Crowd
from saklar.network_sim.scenario.disk import threads_at_work
from saklar.network_sim.scenario.facts import Case, Setup
from saklar.network_sim.scenario.generation import Maker
from saklar.network_sim.scenario.language.source import Span
from saklar.network_sim.scenario.language.tree import Send
from saklar.network_sim.scenario.load.plan import Load, Terminal, schedule, terminals
from saklar.network_sim.scenario.load.recording import LoadRecorder, Measuring
from saklar.network_sim.scenario.load.result import LoadResult, StepTimes, Times
from saklar.network_sim.scenario.playing import Options, innermost, stage_key
from saklar.network_sim.scenario.recording import Recorder
from saklar.network_sim.scenario.result import CaseResult, Failure, Place
from saklar.network_sim.scenario.running import Run
from saklar.network_sim.scenario.stage import NotStaged, Stage, open_stage
from saklar.network_sim.scenario.station import NotConnected, Station
from saklar.network_sim.virtual import VirtualClock, use_virtual_network

log = structlog.get_logger()

DRAIN_S = 60.0
"""For the plays that are going on when no more are begun."""

PROGRESS_S = 1.0
MAX_REASONS = 100
"""Different ones that are counted; all others are one."""

OTHERS = "other reasons"


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a load is."""

    elapsed_s: float
    plays: int
    not_passed: int
    at_once: int
    late_p99_ms: float


Told = Callable[[LoadProgress], None]


def play_load(cases: Sequence[Case], load: Load, options: Options, told: Told = lambda _: None) -> LoadResult:
    """Play cases as a load; a SIGINT or SIGTERM ends it in order, with what was found until then.

    Args:
        cases: each play is of the next of them.
        load: how fast and how long.
        options: as for `play`.
        told: is told every second how far it is.
    """
    if options.against is not None:
        cases = [aimed(case, options.against) for case in cases]
    cases = [case for case in cases if not case.skip]
    loading = Loading(cases, load, options, told)
    virtual = load.virtual and all(is_self_contained(case.setup) for case in cases)
    began, started_at = time.perf_counter(), datetime.now(UTC)
    if not cases:
        loading.problem = "no case is left to be played"
    else:
        gc.collect()
        gc.freeze()  # the files' trees are not looked through again and again while plays are due
        try:
            if virtual:
                trio.run(loading.play_virtually, clock=VirtualClock(threads_at_work))
            else:
                trio.run(loading.play)
        finally:
            gc.unfreeze()
    return loading.result(started_at.isoformat(timespec="milliseconds"), time.perf_counter() - began)


class Play(Run):
    """One play of a case."""

    due: float
    crowd: Crowd
    places: dict[Span, Place]
    measuring: Measuring
    terminal: Terminal | None

    def __init__(self, stage: Stage, case: Case, loading: Loading, due: float, terminal: Terminal | None) -> None:
        self.due, self.places, self.measuring = due, loading.places_of(case), loading.measuring
        self.terminal = terminal
        rng = random.Random(f"{loading.options.seed} {loading.tally.plays}")  # noqa: S311 (it draws test data)
        scope = replace(case.scope, made={}, saved={}, labels={})
        setup = loading.setup_of(case, terminal)
        self._known = loading.patterns_of(case)
        super().__init__(replace(case, scope=scope, setup=setup), stage, rng, loading.utc, loading.note_late)

    def _recorder(self) -> Recorder:
        first = self.case.steps[0] if self.case.steps else None
        sends = isinstance(first, Send) and first.after is None
        return LoadRecorder(self.case.scope, self.case.lines, self.places, self.measuring, self.due if sends else None)

    def _patterns(self, party: str) -> frozenset[str]:
        if party not in self._known:
            self._known[party] = super()._patterns(party)
        return self._known[party]

    def _maker(self, station: Station) -> Maker:
        terminal = self.terminal
        if terminal is None or terminal.party != station.facts.name:
            return super()._maker(station)
        return Maker(terminal.facts, self.case.setup, terminal.counters, self.rng, self.clock)

    async def _sign_on(self) -> None:
        """It was done before the first play."""
        first = self.case.steps[0] if self.case.steps else None
        if not isinstance(first, Send) or first.after is not None:
            self.late(trio.current_time() - self.due)


@dataclass
class Tally:
    """What is counted; bounded, however long a load takes."""

    keep: int
    plays: int = 0
    passed: int = 0
    failed: int = 0
    error: int = 0
    cut: int = 0
    not_started: int = 0
    at_once: int = 0
    most_at_once: int = 0
    whole: Latencies = field(default_factory=Latencies)
    late: Latencies = field(default_factory=Latencies)
    steps: dict[Place, Latencies] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    failures: list[CaseResult] = field(default_factory=list)

    def answered(self, place: Place, seconds: float) -> None:
        """A step had its answer."""
        self.steps.setdefault(place, Latencies()).add((_micros(seconds),))

    def because(self, reason: str) -> None:
        """A play did not pass."""
        self.reasons[reason if reason in self.reasons or len(self.reasons) < MAX_REASONS else OTHERS] += 1


class Loading:
    """A load being played."""

    def __init__(self, cases: Sequence[Case], load: Load, options: Options, told: Told) -> None:
        self._cases = cases
        self._load = load
        self.options = options
        self._told = told
        self._rng = random.Random(f"{options.seed} load")  # noqa: S311 (it draws test data)
        self.tally = Tally(load.keep)
        self.measuring = Measuring(self.tally.answered, self.note_late)
        self._places: dict[str, dict[Span, Place]] = {}
        self._players = {id(case): terminals(case.setup, self._rng) for case in _of_each_stage(cases)}
        self._patterns: dict[str, dict[str, frozenset[str]]] = {}
        self._setups: dict[tuple[str, int], Setup] = {}
        self._scope = trio.CancelScope()
        self._starting = trio.CancelScope()
        self._base, self._began = datetime.now(UTC), 0.0
        self.interrupted = False
        self.problem = ""

    def utc(self) -> datetime:
        """The time of day, as fast as the clock of the load."""
        return self._base + timedelta(seconds=trio.current_time() - self._began)

    def note_late(self, seconds: float) -> None:
        """The runner was so much later than due."""
        self.tally.late.add((_micros(seconds),))

    def places_of(self, case: Case) -> dict[Span, Place]:
        """Lines that were masked for one play are for the next, too."""
        return self._places.setdefault(case.id, {})

    def patterns_of(self, case: Case) -> dict[str, frozenset[str]]:
        """What parties expect in a case, as far as it is known."""
        return self._patterns.setdefault(case.id, {})

    def setup_of(self, case: Case, terminal: Terminal | None) -> Setup:
        """What is declared, as a terminal has it."""
        if terminal is None:
            return case.setup
        key = case.id, id(terminal)
        if key not in self._setups:
            self._setups[key] = terminal.setup(case.setup)
        return self._setups[key]

    async def play_virtually(self) -> None:
        """Play in virtual time."""
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, VirtualClock)
        use_virtual_network()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(clock.drive)
            await self.play()
            nursery.cancel_scope.cancel()

    async def play(self) -> None:
        """Open the stages, and play until the end of the load and of what was going on then."""
        self._began = trio.current_time()
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    if threading.current_thread() is threading.main_thread():
                        nursery.start_soon(self._listen_for_signals)
                    await self._on_stages()
                    nursery.cancel_scope.cancel()
        except Exception as error:
            inner = innermost(error)
            if not isinstance(inner, NotStaged | NotConnected):
                log.exception("scenario.load_failed")
                self.problem = f"saklar itself failed: {inner!r}"
            else:
                self.problem = str(inner)

    async def _listen_for_signals(self) -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                self.interrupted = True
                self._scope.cancel()

    async def _on_stages(self) -> None:
        stages: dict[str, Stage] = {}
        async with AsyncExitStack() as stack:
            for case in _of_each_stage(self._cases):
                stage = await stack.enter_async_context(open_stage(case.setup, self._rng, self.utc))
                stages |= {other.id: stage for other in self._cases if stage_key(other) == stage_key(case)}
                await _sign_on(Run(case, stage, self._rng, self.utc))
                crowd = Crowd()
                for station in stage.stations.values():
                    station.crowd = crowd
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._report)
                await self._begin_all(stages)
                nursery.cancel_scope.cancel()

    async def _report(self) -> None:
        while True:
            await trio.sleep(PROGRESS_S)
            tally = self.tally
            (late,) = tally.late.percentile_ms(99)
            elapsed = trio.current_time() - self._began
            self._told(LoadProgress(elapsed, tally.plays, tally.failed + tally.error, tally.at_once, late))

    async def _begin_all(self, stages: dict[str, Stage]) -> None:
        turns = cycle(self._cases)
        players = [one for found in self._players.values() for one in found]
        began = trio.current_time()
        async with trio.open_nursery() as plays:
            with self._starting:
                for at, terminal in schedule(self._load, players, self._rng):
                    await trio.sleep_until(began + at)
                    case = next(turns)
                    if self.tally.at_once >= self._load.at_once:
                        self.tally.not_started += 1
                        continue
                    plays.start_soon(self._one, case, stages[case.id], began + at, terminal)
            plays.cancel_scope.deadline = trio.current_time() + DRAIN_S

    async def _one(self, case: Case, stage: Stage, due: float, terminal: Terminal | None) -> None:
        tally = self.tally
        tally.plays += 1
        tally.at_once += 1
        tally.most_at_once = max(tally.most_at_once, tally.at_once)
        play = Play(stage, case, self, due, terminal)
        crowd = next(iter(stage.stations.values())).crowd if stage.stations else None
        if crowd is not None:
            crowd.join(play.seats)
        began, started_at, ended = time.perf_counter(), datetime.now(UTC), ""
        try:
            await play.play()
        except trio.Cancelled:
            tally.cut += 1
            raise
        except Exception as error:
            log.exception("scenario.failed", case=case.id)
            ended = f"saklar itself failed: {innermost(error)!r}"
        finally:
            tally.at_once -= 1
            if crowd is not None:
                crowd.leave(play.seats)
        if not ended and play.verdict == "passed":
            tally.passed += 1
            tally.whole.add((_micros(play.recorder.last_at - due),))
            return
        if ended:
            play.failures.append(Failure(play.recorder.place(case.span), case.scope.masked(ended)))
            play.verdict = "error"
        self._not_passed(play, case, stage, time.perf_counter() - began, started_at)

    def _not_passed(self, play: Play, case: Case, stage: Stage, elapsed_s: float, started_at: datetime) -> None:
        tally = self.tally
        if play.verdict == "failed":
            tally.failed += 1
        else:
            tally.error += 1
        first = play.failures[0]
        tally.because(f"{first.place}: {first.message}")
        if len(tally.failures) < tally.keep:
            recorder = play.recorder
            assert isinstance(recorder, LoadRecorder)
            tally.failures.append(
                CaseResult(
                    id=case.id,
                    name=case.name,
                    place=recorder.place(case.span),
                    tags=case.tags,
                    verdict=play.verdict,
                    row=case.row,
                    failures=tuple(play.failures),
                    parties=stage.parties,
                    steps=recorder.listing(step.span for step in walk(case.steps)),
                    events=recorder.whole(),
                    clock="virtual" if self._load.virtual else "real",
                    duration_s=recorder.elapsed_s,
                    elapsed_s=elapsed_s,
                    started_at=started_at.isoformat(timespec="milliseconds"),
                    seed=self.options.seed,
                    rerun=self.options.rerun(case),
                )
            )
        if self.options.fail_fast:
            self._starting.cancel()

    def result(self, started_at: str, elapsed_s: float) -> LoadResult:
        """What was found."""
        tally, load = self.tally, self._load
        players = [one for found in self._players.values() for one in found]
        ordered = sorted(tally.steps.items(), key=lambda item: (item[0].file, item[0].line))
        return LoadResult(
            cases=len(self._cases),
            terminals=len(players),
            rate=load.rate or sum(rate for _, rate in players),
            for_s=load.for_s,
            seed=self.options.seed,
            started_at=started_at,
            elapsed_s=elapsed_s,
            plays=tally.plays,
            passed_plays=tally.passed,
            failed_plays=tally.failed,
            error_plays=tally.error,
            cut_plays=tally.cut,
            not_started=tally.not_started,
            messages=self.measuring.messages,
            most_at_once=tally.most_at_once,
            whole=Times.of(tally.whole),
            steps=tuple(StepTimes(place, Times.of(times)) for place, times in ordered),
            lateness=Times.of(tally.late),
            reasons=dict(tally.reasons.most_common()),
            failures=tuple(tally.failures),
            interrupted=self.interrupted,
            problem=self.problem,
            rerun=self._rerun(),
        )

    def _rerun(self) -> str:
        """The command that plays it again."""
        load, options = self._load, self.options
        words = ["saklar", "play", *(load.paths or dict.fromkeys(case.id for case in self._cases))]
        for tag in load.tags:
            words += [f"--tag={tag}"] if tag.startswith("-") else ["--tag", tag]
        words += ["--rate", f"{load.rate:g}/s"] if load.rate else []
        words += ["--for", f"{load.for_s:g}s"]
        words += ["--even"] if load.even else []
        words += ["--fail-fast"] if options.fail_fast else []
        words += ["--seed", str(options.seed)]
        for name, value in options.variables.items():
            words += ["--var", f"{name}={self._cases[0].scope.masked(value)}"]
        words += ["--against", str(options.against)] if options.against is not None else []
        return shlex.join(words)


async def _sign_on(run: Run) -> None:
    """Parties that sign on do so once, before the first play."""
    for name, station in run.stage.stations.items():
        if station.facts.signs_on and station.connections:
            station.seats.append(run.seats[name])
            try:
                await station.exchange_network(run.seats[name], "001")
            finally:
                station.seats.remove(run.seats[name])


def _of_each_stage(cases: Sequence[Case]) -> list[Case]:
    """The first case of those that are played on one stage."""
    found: list[Case] = []
    for case in cases:
        if not any(stage_key(case) == stage_key(other) for other in found):
            found.append(case)
    return found


def _micros(seconds: float) -> int:
    return max(0, round(seconds * 1_000_000))
