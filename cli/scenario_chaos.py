"""`saklar play --chaos`: its options."""

from __future__ import annotations

from saklar.cli.service import fail
from saklar.network_sim.scenario.chaos import KINDS, PERCENT, Chaos
from saklar.network_sim.scenario.language.source import did_you_mean


def chaos_of(seed: int | None, percent: float | None, faults: str | None, *, is_load: bool) -> Chaos | None:
    """The chaos that is asked for, if any is; the end of the program where the options do not fit together."""
    if seed is None:
        for option, given in (("--chaos-percent", percent), ("--chaos-faults", faults)):
            if given is not None:
                raise fail(f"{option} is about --chaos: give it a seed, as in --chaos 1")
        return None
    if is_load:
        hint = "rules of parties do it to a load, as in: sending 0210 1% delay 2 s"
        raise fail(f"--chaos is about cases, and --for plays a load; {hint}")
    return Chaos(seed, PERCENT if percent is None else percent, tuple(KINDS) if faults is None else _kinds(faults))


def _kinds(text: str) -> tuple[str, ...]:
    """The kinds that are named, in the order of `KINDS`, so that it does not matter how they are given."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    for name in named:
        if name not in KINDS:
            hint = did_you_mean(name, KINDS) or f"there are: {', '.join(KINDS)}"
            raise fail(f"--chaos-faults: {name!r} is no fault; {hint}")
    if not named:
        raise fail(f"--chaos-faults: no fault is named; there are: {', '.join(KINDS)}")
    return tuple(name for name in KINDS if name in named)
