"""Which faults a run has, and how likely each is whenever it could happen."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances from 0 to 1, each asked for where it says.

    Attributes:
        lost, doubled, reordered, corrupted: for each message on its way.
        slow: for each delay, which is then up to 40 s.
        cut: for each message, that the link breaks while it is on its way.
        silent: for each request, that the issuer has booked it and says nothing.
        hsm: for each command, that the HSM fails or is silent.
        disk_fails, disk_stalls: for each commit.
        switch_crashes: for each thing that the switch does.
        issuer_crashes, acquirer_crashes: for each message that they take.
        clock: for each second, that the switch's clock jumps by hours.
        odd_answers: for each answer of an issuer: without DE 39, in part, in error, twice, or one that does not fit.
    """

    lost: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    corrupted: float = 0.0
    slow: float = 0.0
    cut: float = 0.0
    silent: float = 0.0
    hsm: float = 0.0
    disk_fails: float = 0.0
    disk_stalls: float = 0.0
    switch_crashes: float = 0.0
    issuer_crashes: float = 0.0
    acquirer_crashes: float = 0.0
    clock: float = 0.0
    odd_answers: float = 0.0

    def without(self, name: str) -> Faults:
        """The same, but for one."""
        return replace(self, **{name: 0.0})

    @property
    def names(self) -> list[str]:
        """Those that can happen."""
        return [each.name for each in fields(self) if getattr(self, each.name)]

    def __str__(self) -> str:
        return ", ".join(f"{name} {getattr(self, name):.3f}" for name in self.names) or "none"


_MOST = {
    "lost": 0.15,
    "doubled": 0.15,
    "reordered": 0.3,
    "corrupted": 0.1,
    "slow": 0.15,
    "cut": 0.06,
    "silent": 0.25,
    "hsm": 0.4,
    "disk_fails": 0.15,
    "disk_stalls": 0.2,
    "switch_crashes": 0.02,
    "issuer_crashes": 0.05,
    "acquirer_crashes": 0.03,
    "clock": 0.1,
    "odd_answers": 0.3,
}
"""The worst of each that is drawn."""


def drawn(rng: random.Random) -> Faults:
    """Some of the faults, each at some rate: a run with all of them hides what two of them do together."""
    chosen = [name for name in _MOST if rng.random() < 0.35]
    return Faults(**{name: _MOST[name] * rng.random() for name in chosen})
