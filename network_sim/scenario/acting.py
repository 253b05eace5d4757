"""What steps do to the network itself: connections, parties, the switch, the HSM."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import trio

from saklar.network_sim.scenario.disk import Disk
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Act
from saklar.network_sim.scenario.seat import Seat
from saklar.network_sim.scenario.stage import NotStaged, Stage
from saklar.network_sim.scenario.station import SIGN_OFF, SIGN_ON, Station

UNDO = {"freezes": "resumes", "refuses": "accepts", "dies": "starts", "fails": "recovers", "disconnects": "connects"}
"""What ends an act that has a time: `freezes for 5 s`."""


async def act(step: Act, stage: Stage, seats: Mapping[str, Seat], *, undo: bool = False) -> None:
    """Do it, or undo it.

    Raises:
        Wrong: it cannot be done.
        NotConnected: a party cannot connect, or is refused.
    """
    verb = UNDO.get(step.verb, "") if undo else step.verb
    if undo and not verb:
        raise Wrong(step.span, f"{step.verb} is nothing that ends after a time")
    if step.subject in stage.stations:
        await _OF_PARTIES[verb](stage.stations[step.subject], seats[step.subject])
        return
    do = _OF_PARTS.get((step.subject, verb))
    if do is None:
        raise Wrong(step.span, f"the {step.subject} cannot do that: {verb}")
    try:
        await do(stage)
    except NotStaged as error:
        raise Wrong(step.span, str(error)) from None


async def _disconnects(station: Station, _: Seat) -> None:
    station.disconnect()
    await trio.lowlevel.checkpoint()


async def _aborts(station: Station, _: Seat) -> None:
    station.disconnect(reset=True)
    await trio.lowlevel.checkpoint()


async def _reconnects(station: Station, _: Seat) -> None:
    station.disconnect()
    await station.wait_disconnected()
    await station.connect()


async def _freezes(station: Station, _: Seat) -> None:
    station.freeze()
    await trio.lowlevel.checkpoint()


async def _resumes(station: Station, _: Seat) -> None:
    station.resume()
    await trio.lowlevel.checkpoint()


async def _goes_half_open(station: Station, _: Seat) -> None:
    station.half_open()
    await trio.lowlevel.checkpoint()


async def _refuses(station: Station, _: Seat) -> None:
    station.refuse()
    await trio.lowlevel.checkpoint()


async def _dies(station: Station, _: Seat) -> None:
    station.die()
    await trio.lowlevel.checkpoint()


async def _restarts(station: Station, seat: Seat) -> None:
    await _dies(station, seat)
    await station.wait_disconnected()
    await station.start()


async def _heals(station: Station, _: Seat) -> None:
    station.rules.heal()
    await trio.lowlevel.checkpoint()


async def _signs_on(station: Station, seat: Seat) -> None:
    await station.ensure_connected()
    await station.exchange_network(seat, SIGN_ON)


async def _signs_off(station: Station, seat: Seat) -> None:
    await station.exchange_network(seat, SIGN_OFF)


_OF_PARTIES: Mapping[str, Callable[[Station, Seat], Awaitable[None]]] = {
    "connects": lambda station, _: station.connect(),
    "disconnects": _disconnects,
    "reconnects": _reconnects,
    "aborts": _aborts,
    "signs on": _signs_on,
    "signs off": _signs_off,
    "freezes": _freezes,
    "resumes": _resumes,
    "goes half-open": _goes_half_open,
    "refuses": _refuses,
    "accepts": lambda station, _: station.accept(),
    "dies": _dies,
    "starts": lambda station, _: station.start(),
    "restarts": _restarts,
    "heals": _heals,
}


async def _start_switch(stage: Stage) -> None:
    await stage.start_switch()
    await stage.wait_ready()


async def _restart_switch(stage: Stage) -> None:
    await stage.kill_switch()
    await _start_switch(stage)


async def _kill_hsm(stage: Stage) -> None:
    stage.stop_hsm()
    await trio.lowlevel.checkpoint()


async def _restart_hsm(stage: Stage) -> None:
    stage.stop_hsm()
    await trio.lowlevel.checkpoint()
    await stage.start_hsm()


def _hsm_mode(mode: str) -> Callable[[Stage], Awaitable[None]]:
    async def do(stage: Stage) -> None:
        stage.hsm_faults.mode = mode
        await trio.lowlevel.checkpoint()

    return do


async def _heal_hsm(stage: Stage) -> None:
    stage.hsm_faults.heal()
    await trio.lowlevel.checkpoint()


def _disk(do: Callable[[Disk], None]) -> Callable[[Stage], Awaitable[None]]:
    async def act(stage: Stage) -> None:
        do(stage.disk)
        await trio.lowlevel.checkpoint()

    return act


def _disk_fails(*, failing: bool) -> Callable[[Stage], Awaitable[None]]:
    def do(disk: Disk) -> None:
        disk.failing = failing

    return _disk(do)


_OF_PARTS: Mapping[tuple[str, str], Callable[[Stage], Awaitable[None]]] = {
    ("switch", "dies"): lambda stage: stage.kill_switch(),
    ("switch", "starts"): _start_switch,
    ("switch", "restarts"): _restart_switch,
    ("switch", "drains"): lambda stage: stage.drain_switch(),
    ("hsm", "dies"): _kill_hsm,
    ("hsm", "starts"): lambda stage: stage.start_hsm(),
    ("hsm", "restarts"): _restart_hsm,
    ("hsm", "freezes"): _hsm_mode("frozen"),
    ("hsm", "resumes"): _hsm_mode(""),
    ("hsm", "fails"): _hsm_mode("failing"),
    ("hsm", "recovers"): _hsm_mode(""),
    ("hsm", "heals"): _heal_hsm,
    ("disk", "fails"): _disk_fails(failing=True),
    ("disk", "recovers"): _disk_fails(failing=False),
    ("disk", "freezes"): _disk(Disk.freeze),
    ("disk", "resumes"): _disk(Disk.thaw),
}
