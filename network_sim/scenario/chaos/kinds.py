"""Which faults chaos has, and how one is drawn: in the words of the language. Pure functions of draws."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from saklar.codecs import Message
from saklar.codecs.mti import is_response, message_class
from saklar.network_sim.scenario.generation import FINANCIAL
from saklar.network_sim.scenario.result import ChaosView

Way = Literal["sending", "receiving"]

PERCENT = 5.0
"""Of the messages, on each of their ways, where nothing else is said: about one purchase in five has a fault then."""

BITS = 8

TIMED = frozenset({7, 10, 12, 13, 15, 16, 17, 28, 37, 55, 56, 64, 90, 96, 128})
"""Elements that have the time in them, or depend on it, and are others in each run of a seed."""


@dataclass(frozen=True, slots=True)
class Target:
    """A message on its way from a party, or to it."""

    way: Way
    message: Message
    payload: bytes


Say = Callable[[Target, random.Random], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        weight: how often it is drawn, against the others.
        say: draws one.
        fits: whether it can be done to a message.
    """

    weight: int
    say: Say
    fits: Callable[[Target], bool] = lambda _: True


def _is_sent(target: Target) -> bool:
    return target.way == "sending"


def _is_answer_sent(target: Target) -> bool:
    mti = target.message.mti
    return _is_sent(target) and is_response(mti) and message_class(mti) in FINANCIAL


def steady(message: Message, payload: bytes) -> list[int]:
    """The places of the bytes of a payload that are the same in each run of a seed: all but those of `TIMED`.

    One of them that is spoilt does the same to the message in each run.
    """
    elements = {number: len(message.raw_element(number) or b"") for number in sorted(message)}
    at = len(payload) - sum(elements.values())
    places = list(range(at))
    for number, length in elements.items():
        if number not in TIMED:
            places += range(at, at + length)
        at += length
    return places


def _delay(_: Target, rng: random.Random) -> str:
    return f"delay {rng.randint(20, 3_000)} ms"


def _late(_: Target, rng: random.Random) -> str:
    return f"delay {rng.randint(20, 45)} s"


def _duplicate(_: Target, rng: random.Random) -> str:
    return rng.choice(("duplicate", f"duplicate after {rng.randint(10, 5_000)} ms"))


def _held(word: str) -> Say:
    return lambda _, rng: f"{word} within {rng.randint(200, 3_000)} ms"


def _split(_: Target, rng: random.Random) -> str:
    return rng.choice(("split", f"split {rng.randint(2, 60)} every {rng.randint(1, 200)} ms"))


def _corrupt(target: Target, rng: random.Random) -> str:
    fields = [number for number in sorted(target.message) if number not in TIMED]
    place = rng.choice(steady(target.message, target.payload))
    said = [f"corrupt byte {place}", f"corrupt bit {place * BITS + rng.randrange(BITS)}"]
    said += [f"corrupt field {rng.choice(fields)}"] if fields else []
    said += ["corrupt length"] if _is_sent(target) else []
    return rng.choice(said)


def _truncate(target: Target, rng: random.Random) -> str:
    shorter = rng.randint(1, max(1, len(target.payload) - 1))
    word = rng.choice(("message to", "to")) if _is_sent(target) else "message to"
    return f"truncate {word} {shorter} bytes"


def _bandwidth(_: Target, rng: random.Random) -> str:
    return f"bandwidth {rng.choice((30, 100, 300))} bytes/s"


def _end(word: str) -> Say:
    def say(target: Target, rng: random.Random) -> str:
        if not _is_sent(target):
            return f"{word} before"
        after = f"after {rng.randint(1, len(target.payload))} bytes"
        return f"{word} {rng.choice(('before', 'in the middle', after, 'after message'))}"

    return say


def _freeze(_: Target, rng: random.Random) -> str:
    return f"freeze for {rng.randint(200, 10_000)} ms"


def _inject(target: Target, rng: random.Random) -> str:
    return f"inject {target.message.mti} purchase 11={rng.randint(1, 999_999):06d}"


KINDS: Mapping[str, Kind] = {
    "delay": Kind(4, _delay),
    "late": Kind(2, _late),
    "drop": Kind(4, lambda _, __: "drop"),
    "duplicate": Kind(3, _duplicate),
    "reorder": Kind(2, _held("reorder")),
    "glue": Kind(2, _held("glue"), _is_sent),
    "split": Kind(2, _split, _is_sent),
    "corrupt": Kind(4, _corrupt),
    "truncate": Kind(2, _truncate),
    "bandwidth": Kind(1, _bandwidth, _is_sent),
    "disconnect": Kind(3, _end("disconnect")),
    "abort": Kind(2, _end("abort")),
    "freeze": Kind(2, _freeze),
    "half-open": Kind(1, lambda _, __: "half-open"),
    "inject": Kind(1, _inject, _is_answer_sent),
}
"""By name: the word of the language for it; `late` is a delay that is longer than networks wait."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fault in the words of the language, and what draws the rest of it."""

    text: str
    rng: random.Random


@dataclass(frozen=True, slots=True)
class Chaos:
    """Faults on the connections of the parties while cases are played.

    Attributes:
        seed: decides everything.
        percent: of the messages on each way, 0 to 100.
        kinds: of `KINDS`, which there are.
    """

    seed: int
    percent: float = PERCENT
    kinds: tuple[str, ...] = tuple(KINDS)

    def as_given(self) -> list[str]:
        """As a command line has it."""
        words = ["--chaos", str(self.seed)]
        words += ["--chaos-percent", f"{self.percent:g}"] if self.percent != PERCENT else []
        return words + (["--chaos-faults", ",".join(self.kinds)] if self.kinds != tuple(KINDS) else [])

    @property
    def view(self) -> ChaosView:
        """For reports."""
        return ChaosView(self.seed, self.percent, self.kinds)

    def fault(self, case_id: str, party: str, number: int, target: Target) -> Drawn | None:
        """What happens to the n-th message of its type, of a case, that a party sends or receives; None for nothing.

        Each message has draws of its own, so that it does not matter in which order tasks run, nor which other cases
        are played, nor from which folder.
        """
        case, mti = PurePath(case_id).name, target.message.mti
        key = f"{self.seed} {case} {party} {target.way} {mti} {number}"
        rng = random.Random(key)  # noqa: S311 (chaos must be repeatable)
        if rng.random() * 100 >= self.percent:
            return None
        kinds = _fitting(self.kinds, target)
        if not kinds:
            return None
        (kind,) = rng.choices(kinds, [KINDS[name].weight for name in kinds])
        return Drawn(KINDS[kind].say(target, rng), rng)


def _fitting(kinds: Collection[str], target: Target) -> list[str]:
    return [name for name in kinds if KINDS[name].fits(target)]
