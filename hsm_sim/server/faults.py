"""Faults made on purpose, for those who test what their host does when its HSM is slow, wrong or gone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from saklar.hsm_sim.server.fault_rules import ANY, FaultRule


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one command.

    Attributes:
        text: the rules that struck.
        delay_s: by which what happens is late.
        error: the code that it is answered with, undone; empty to do it.
        close: close the connection instead of answering.
    """

    text: str
    delay_s: float
    error: str
    close: bool


class Faults:
    """Decides, for each command and connection in turn, what goes wrong with it.

    Args:
        rules: each counts for itself; of those that strike at once delays add up, and the first of error and
            close is done.
        seed: of chance and jitter.
    """

    def __init__(self, rules: Iterable[FaultRule], seed: int = 0) -> None:
        self._armed = [_Armed(rule, random.Random(f"{seed} {n}")) for n, rule in enumerate(rules)]  # noqa: S311 (a game)

    def add(self, rule: FaultRule, seed: int = 0) -> None:
        """One more rule, from now on."""
        self._armed.append(_Armed(rule, random.Random(f"{seed} {len(self._armed)}")))  # noqa: S311 (a game)

    def clear(self) -> None:
        """No rule any more."""
        self._armed.clear()

    def of_command(self, code: str) -> Fault | None:
        """What strikes the next command, of this code."""
        struck = [armed for armed in self._armed if armed.strikes_command(code)]
        if not struck:
            return None
        ending = next((armed.rule for armed in struck if armed.rule.effect != "latency"), None)
        return Fault(
            text=", ".join(armed.rule.text for armed in struck),
            delay_s=sum(armed.delay_s() for armed in struck),
            error=ending.error if ending else "",
            close=ending is not None and ending.effect == "close",
        )

    def of_connection(self) -> str | None:
        """The rule by which the next connection is refused."""
        struck = [armed.rule.text for armed in self._armed if armed.rule.effect == "refuse" and armed.strikes()]
        return struck[0] if struck else None


class _Armed:
    """A rule, and how often it could have struck."""

    def __init__(self, rule: FaultRule, chance: random.Random) -> None:
        self.rule = rule
        self._random = chance
        self._count = 0

    def strikes_command(self, code: str) -> bool:
        return self.rule.effect != "refuse" and self.rule.code in (ANY, code) and self.strikes()

    def strikes(self) -> bool:
        self._count += 1
        if self.rule.at:
            return self._count == self.rule.at
        return self._count % self.rule.every == 0 and self._random.random() < self.rule.chance

    def delay_s(self) -> float:
        jitter = self._random.uniform(-self.rule.jitter_ms, self.rule.jitter_ms) if self.rule.jitter_ms else 0.0
        return max(self.rule.latency_ms + jitter, 0.0) / 1000
