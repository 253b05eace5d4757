"""What a transaction costs the engine, step by step, beside one decode and one encode of pyiso8583 in the same rounds.

CPU time is counted, not the clock's: what else the machine does meanwhile costs little of it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import iso8583

from saklar.bench.micro.course import STEPS, Course
from saklar.bench.report.machine import machine
from saklar.codecs import Dialect, DialectError
from saklar.codecs.imports.pyiso8583 import to_pyiso8583

WARMUP_CHUNKS = 20
UNITS = 200
"""Messages that pyiso8583 decodes and encodes in each round."""


@dataclass
class EngineResult:
    """What was measured.

    Attributes:
        dialects: the acquirer's and the issuer's.
        with_pin: whether requests had a PIN block.
        chunk: transactions that were taken through each step together.
        us: of CPU for a transaction, by step, of each round.
        unit_us: of pyiso8583 for a decode and an encode of the request, of each round; none where it cannot say it.
    """

    dialects: tuple[str, str]
    with_pin: bool
    chunk: int
    us: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    unit_us: list[float] = field(default_factory=list)

    @property
    def steps(self) -> dict[str, float]:
        """The median of each step that there is, in µs."""
        medians = {step: statistics.median(values) for step, values in self.us.items()}
        return {step: us for step, us in medians.items() if self.with_pin or step != "PIN translated"}

    @property
    def totals(self) -> list[float]:
        """All steps together, in µs, of each round."""
        return [sum(values) for values in zip(*self.us.values(), strict=True)]

    @property
    def total(self) -> float:
        """The median of these."""
        return statistics.median(self.totals)

    @property
    def unit(self) -> float | None:
        """The median of pyiso8583's, in µs."""
        return statistics.median(self.unit_us) if self.unit_us else None

    @property
    def in_units(self) -> float | None:
        """A transaction as so many decodes with encodes of pyiso8583: the median of the ratios within rounds."""
        if not self.unit_us:
            return None
        return statistics.median(total / unit for total, unit in zip(self.totals, self.unit_us, strict=True))

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "mode": "engine",
            "machine": machine(),
            "configuration": {
                "dialect": self.dialects[0],
                "issuer_dialect": self.dialects[1],
                "pin": self.with_pin,
                "chunk": self.chunk,
                "rounds": len(self.totals),
            },
            "us": self.us,
            "median_us": self.steps,
            "total_us": self.total,
            "pyiso8583_us": self.unit,
            "in_pyiso8583": self.in_units,
        }


def measure(
    acquirer: Dialect, issuer: Dialect, *, with_pin: bool, chunk: int, rounds: int, progress: Callable[[str], None]
) -> EngineResult:
    """Measure the engine.

    Args:
        acquirer: the acquirer's dialect.
        issuer: the issuer's.
        with_pin: whether requests have a PIN block.
        chunk: how many requests come together.
        rounds: of some chunks each.
        progress: told what is being done.

    Raises:
        CodecError: the purchase has no form in the dialect.
        ValueError: the engine did not answer all requests.
    """
    course = Course(acquirer, issuer, with_pin=with_pin)
    result = EngineResult((acquirer.name, issuer.name), with_pin, chunk)
    unit = _unit(acquirer, course.frames(1)[0])
    chunks = max(1, 1_000 // chunk)
    progress("warming up")
    for _ in range(WARMUP_CHUNKS):
        course.pass_through(chunk)
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        gc.collect()
        sums = dict.fromkeys(STEPS, 0.0)
        for _ in range(chunks):
            passed = course.pass_through(chunk)
            if len(passed.answers) != chunk:
                raise ValueError(f"{len(passed.answers)} of {chunk} requests were answered")
            for step, seconds in passed.seconds.items():
                sums[step] += seconds
        for step, seconds in sums.items():
            result.us[step].append(seconds * 1e6 / (chunks * chunk))
        if unit is not None:
            result.unit_us.append(unit())
    return result


def _unit(dialect: Dialect, frame: bytes) -> Callable[[], float] | None:
    """What times a decode and an encode by pyiso8583, in µs; None where it cannot express the dialect."""
    try:
        spec = to_pyiso8583(dialect, list(dialect.decode(frame)))
    except DialectError:
        return None

    def timed() -> float:
        begin = time.process_time()
        for _ in range(UNITS):
            iso8583.encode(iso8583.decode(frame, spec)[0], spec)
        return (time.process_time() - begin) * 1e6 / UNITS

    timed()
    return timed
