"""How fast the codec is, dialect by dialect, beside pyiso8583 in the same run.

Rounds of the two alternate. Of each the fastest round is what is stated, as whatever else the machine does can only
make a round slower. The ratio is that of these two; the quartiles of the ratios within rounds show how noisy it was.
"""

from __future__ import annotations

import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import iso8583

from saklar.codecs import Dialect, DialectError, Element
from saklar.codecs.imports.pyiso8583 import to_pyiso8583

SIZES: dict[str, tuple[int, ...]] = {
    "small": (7, 11, 37, 41),
    "medium": (2, 3, 4, 7, 11, 14, 22, 32, 35, 37, 41, 42, 49, 52),
    "large": (2, 3, 4, 7, 11, 12, 13, 14, 18, 22, 25, 32, 35, 37, 41, 42, 43, 48, 49, 52),
}
"""The elements of the messages; the large one is a request with a PIN and 414 bytes in ASCII."""

LARGE_BYTES = 414
FIVE = (2, 3, 4, 11, 41)
"""What a switch reads of a request to route it."""

_NEW_STAN, _NEW_CODE = "9", "0"
_LONGEST = 16
_COUNTED = 500
"""Messages whose memory is counted."""

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One operation on one message.

    Attributes:
        us, theirs_us: microseconds of the fastest round; theirs is None where pyiso8583 cannot express the dialect.
        ratio: how many times as fast, by these.
        quartiles: of the ratios within each round.
    """

    dialect: str
    size: str
    length: int
    operation: str
    us: float
    theirs_us: float | None = None
    ratio: float | None = None
    quartiles: tuple[float, float] | None = None


@dataclass(slots=True)
class CodecResult:
    """The figures, and bytes of memory that a decoded message holds beyond its frame, by dialect and size."""

    figures: list[Figure] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        names = ("dialect", "size", "length", "operation", "us", "theirs_us", "ratio", "quartiles")
        return {
            "figures": [{name: getattr(figure, name) for name in names} for figure in self.figures],
            "memory_bytes": self.memory,
        }


def measure(dialects: list[Dialect], rounds: int, progress: Callable[[str], None]) -> CodecResult:
    """Measure every operation on every size of message.

    Args:
        dialects: which.
        rounds: of some milliseconds, for each operation.
        progress: told what is measured now.
    """
    result = CodecResult()
    for dialect in dialects:
        for size in SIZES:
            progress(f"{dialect.name}, {size}")
            document = example(dialect, size)
            wire = dialect.encode(document)
            result.memory[f"{dialect.name} {size}"] = _memory(dialect, wire)
            for operation, ours, theirs in _pairs(dialect, document, wire):
                timed = _timed(ours, theirs, rounds)
                result.figures.append(Figure(dialect.name, size, len(wire), operation, *timed))
    return result


def example(dialect: Dialect, size: str) -> dict[str, str]:
    """A message of a dialect with the elements of that size that it has."""
    elements = [dialect.elements[number] for number in SIZES[size] if number in dialect.elements]
    document = {"mti": "0200", **{element.key: _value(element) for element in elements}}
    if size == "large" and dialect.elements[48].format != "b":
        missing = max(0, LARGE_BYTES - len(dialect.encode(document)))
        document["48"] += "x" * min(missing, dialect.elements[48].max_length - len(document["48"]))
    return document


def _value(element: Element) -> str:
    """A value that the element's format allows."""
    length = element.max_length if element.is_fixed else min(element.max_length, _LONGEST)
    length *= 2 if element.format == "b" else 1
    return ("C" + "1" * (length - 1)) if element.format == "x+n" else "1" * length


def _pairs(dialect: Dialect, document: dict[str, str], wire: bytes) -> Iterator[tuple[str, Work, Work | None]]:
    """Each operation, ours and (where there is one) theirs."""
    stan = _NEW_STAN * len(document["11"])
    code = _NEW_CODE * dialect.elements[39].max_length
    decode, encode = dialect.decode, dialect.encode

    def read_five() -> tuple[str, ...]:
        message = decode(wire)
        return message[2], message[3], message[4], message[11], message[41]

    def read_two() -> tuple[str, ...]:
        message = decode(wire)
        return message[11], message[41]

    def read_all() -> dict[str, Any]:
        return decode(wire).to_dict()

    def write() -> bytes:
        return encode(document)

    def change() -> bytes:
        message = decode(wire)
        message[11] = stan
        message[39] = code
        return bytes(message)

    theirs = _theirs(dialect, document, wire, stan, code)
    five = all(str(number) in document for number in FIVE)
    for name, work in (
        ("read 5", read_five if five else read_two),
        ("read all", read_all),
        ("encode", write),
        ("change 2", change),
    ):
        yield name, work, theirs.get(name)


def _theirs(dialect: Dialect, document: dict[str, str], wire: bytes, stan: str, code: str) -> dict[str, Work]:
    """The same by pyiso8583, which always decodes all; nothing where it cannot express the dialect."""
    try:
        spec = to_pyiso8583(dialect, [*SIZES["large"], 39])
    except DialectError:
        return {}
    fields = {"t" if key == "mti" else key: value for key, value in document.items()}

    def read() -> object:
        return iso8583.decode(wire, spec)

    def write() -> object:
        return iso8583.encode(fields, spec)

    def change() -> object:
        decoded, _ = iso8583.decode(wire, spec)
        decoded["11"], decoded["39"] = stan, code
        return iso8583.encode(decoded, spec)

    return {"read 5": read, "read all": read, "encode": write, "change 2": change}


def _timed(
    ours: Work, theirs: Work | None, rounds: int
) -> tuple[float, float | None, float | None, tuple[float, float] | None]:
    for work in (ours, theirs or ours):
        _seconds(work, 50)
    fast, slow, ratios = [], [], []
    for _ in range(rounds):
        fast.append(_seconds(ours, 1000) * 1e3)
        if theirs is not None:
            slow.append(_seconds(theirs, 100) * 1e4)
            ratios.append(slow[-1] / fast[-1])
    if theirs is None:
        return min(fast), None, None, None
    low, _, high = statistics.quantiles(ratios, n=4)
    return min(fast), min(slow), min(slow) / min(fast), (low, high)


def _seconds(work: Work, times: int) -> float:
    begin = perf_counter()
    for _ in range(times):
        work()
    return perf_counter() - begin


def _memory(dialect: Dialect, wire: bytes) -> int:
    """Bytes that a decoded message holds beyond its frame."""
    frames = [bytes(bytearray(wire)) for _ in range(_COUNTED)]
    dialect.decode(wire)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        messages = [dialect.decode(frame) for frame in frames]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) // len(messages)
