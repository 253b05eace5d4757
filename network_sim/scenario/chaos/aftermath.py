"""After the chaos: everybody behaves, it gets quiet, and then every promise must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import trio

from saklar.network_sim.scenario.chaos.answers import Answers
from saklar.network_sim.scenario.chaos.kinds import Chaos
from saklar.network_sim.scenario.chaos.reckoning import reckon
from saklar.network_sim.scenario.chaos.striking import Spray
from saklar.network_sim.scenario.chaos.watching import Watch
from saklar.network_sim.scenario.facts import Setup
from saklar.network_sim.scenario.rulebook import RuleTap
from saklar.network_sim.scenario.seat import Seat
from saklar.network_sim.scenario.stage import NotStaged, Stage
from saklar.network_sim.scenario.station import SIGN_ON, NotConnected, Station
from saklar.network_sim.scenario.switch_file import linked
from saklar.network_sim.scenario.wire import Tap
from saklar.switch.engine import Engine
from saklar.switch.journal import JournalError, Search, forwarded, search

ECHO = "301"
BREATH_S = 0.1
"""For what was done at the same moment."""

LOOK_S = 0.25
"""Between looks at whether it is quiet."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds.

    Attributes:
        late_s: an answer, beyond its limit, for being on its way.
        rest_s: until nothing is under way any more.
        empties: whether all that is to be forwarded must have got there by then; else it may still wait.
    """

    late_s: float
    rest_s: float
    empties: bool


VIRTUAL = Patience(0.2, 1_200.0, empties=True)
REAL = Patience(2.0, 90.0, empties=False)
"""Nobody waits for the longest pauses of store-and-forward."""


class _Parts(TypedDict, total=False):
    spray: Callable[[Station, RuleTap], Tap]
    make_engine: Callable[..., Engine]


class Harness:
    """What a stage is put into for chaos: faults on its connections, and eyes on what comes of them.

    Args:
        chaos: which faults.
        setup: of the stage.
        patience: how long things may take.
        cases: that are played on it.
    """

    def __init__(self, chaos: Chaos, setup: Setup, patience: Patience, cases: int) -> None:
        self._patience = patience
        self._left = cases
        pans = {card.pan for card in setup.cards.values()}
        self.watch = Watch(pans, patience.late_s) if setup.network is not None else None
        self._answers = Answers()
        self.spray = Spray(chaos, self.watch or self._answers)
        self._pans = pans
        self._is_warm = False
        self._echoing: set[str] = set()
        """Acquirers whose host answered an echo before; saklar's own switch always does."""

    @property
    def parts(self) -> _Parts:
        """What a stage is given for it."""
        parts: _Parts = {"spray": self.spray.tap}
        if self.watch is not None:
            parts["make_engine"] = self.watch.make_engine
        return parts

    def is_last(self) -> bool:
        """A case has come to its end: whether it was the last one."""
        self._left -= 1
        return not self._left

    async def warm_up(self, stage: Stage, seats: Mapping[str, Seat]) -> None:
        """Before there is any chaos: whose host answers an echo? It is to do so afterwards, too."""
        if self._is_warm:
            return
        self._is_warm = True
        for name, station in _dialling(stage):
            if stage.switch is not None or not await _echo(station, seats[name]):
                self._echoing.add(name)

    async def breaches(self, stage: Stage, seats: Mapping[str, Seat]) -> list[str]:
        """Let it get quiet, and say which promises are broken."""
        await trio.sleep(BREATH_S)
        try:
            await stage.mend()
        except NotStaged as error:
            return [str(error)]
        restless = await self._rest(stage, seats)
        unanswered = [] if self.watch is None else self.watch.unanswered()  # on connections that are left after this
        silent = await self._silent(stage, seats)
        await trio.sleep(BREATH_S)
        owed = [f"a request with STAN {stan} has no answer" for stan in unanswered]
        return [*self._answers.broken, *restless, *owed, *silent, *self._reckoned(stage)]

    async def _sign_on(self, stage: Stage, seats: Mapping[str, Seat]) -> None:
        """Issuers that have signed off come back."""
        engine = self.watch.engine if self.watch is not None else None
        for facts in linked(stage.setup):
            if engine is not None and facts.link in engine.signed_off:
                with suppress(NotConnected):
                    await stage.stations[facts.name].ask_network(seats[facts.name], SIGN_ON)

    # Quiet.

    async def _rest(self, stage: Stage, seats: Mapping[str, Seat]) -> list[str]:
        with trio.move_on_after(self._patience.rest_s) as scope:
            await trio.sleep_until(self.spray.over_at)
            await trio.sleep(LOOK_S)
            while list(self._restless(stage)):
                await self._sign_on(stage, seats)
                await trio.sleep(LOOK_S)
        if not scope.cancelled_caught:
            return []
        return [f"{self._patience.rest_s:g} s after the last fault {said}" for said in self._restless(stage)]

    def _restless(self, stage: Stage) -> Iterator[str]:
        engine = self.watch.engine if self.watch is not None else None
        if engine is None:
            return
        if not engine.settled:
            yield f"{engine.pending} requests are under way"
        if self._patience.empties and engine.to_forward:
            yield f"{engine.to_forward} reversals and advices are to be forwarded"
        for facts in linked(stage.setup):
            if facts.role == "issuer" and not engine.ready(facts.link):
                yield f"{facts.link} cannot be asked: it is not connected, or not signed on"

    # Echoes.

    async def _silent(self, stage: Stage, seats: Mapping[str, Seat]) -> list[str]:
        said = [await _echo(st, seats[name], again=True) for name, st in _dialling(stage) if name in self._echoing]
        return [problem for problem in said if problem]

    # The books.

    def _reckoned(self, stage: Stage) -> Iterator[str]:
        watch = self.watch
        if watch is None:
            return
        yield from watch.seen.broken
        try:
            path, keys = stage.journal
            records = [found.record for found in search(path, keys, Search())]
            rows = list(forwarded(path))
        except JournalError as error:
            yield f"the journal cannot be read: {error}"
            return
        if not self._patience.empties:
            rows = [{**row, "state": "waits"} if row["state"] == "queued" else row for row in rows]
        yield from reckon(records, rows, watch.seen)
        yield from _clear_in(stage.folder, self._pans)


def _dialling(stage: Stage) -> list[tuple[str, Station]]:
    """The acquirers that dial a host, or saklar's own switch: not another party of the file."""
    ours = set(stage.addresses.values()) if stage.setup.network is None else set()
    acquirers = ((n, s) for n, s in stage.stations.items() if s.facts.role == "acquirer" and not s.listens)
    return [(name, station) for name, station in acquirers if station.address not in ours]


async def _echo(station: Station, seat: Seat, *, again: bool = False) -> str:
    """What is wrong where an echo test gets no answer, on a new connection (`again`) or on that which is there."""
    try:
        if again:
            station.disconnect()
            await station.wait_disconnected()
            await trio.sleep(BREATH_S)
        await station.ensure_connected()
        await station.ask_network(seat, ECHO)
    except NotConnected as error:
        return f"an echo test is not answered: {error}"
    return ""


def _clear_in(folder: Path, pans: Iterable[str]) -> Iterator[str]:
    """Card numbers in the clear in what the switch has written."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = file.read_bytes()
        if any(pan.encode() in data for pan in pans):
            yield f"{file.name} has a card number in the clear"
