"""The runs in a document of any mode: what of them is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saklar.bench.report.markup import figure

Record = Mapping[str, Any]

LISTS = {
    "figures": "{load}",
    "at_half": "At half of what the first can do",
    "at_rate": "At a rate: {load}",
    "points": "Point by point",
    "steps": "Rates that were tried",
}
"""Where documents have several runs, and what is said above them."""


@dataclass(frozen=True)
class Run:
    """One run, or the middle one of several rounds.

    Attributes:
        name: of it among the others.
        rate: that was sent, a second; None in a closed loop.
        tps: answers a second.
        p50_ms, p99_ms: of latencies.
        curve: percentiles and latencies in ms, rising.
        intervals: its parts, each with `at_s`, `tps`, `p50_ms`, `p99_ms`, and `rss_bytes` and `cpu_share` where they
            are known.
    """

    name: str
    rate: float | None
    tps: float | None
    p50_ms: float | None
    p99_ms: float | None
    curve: Sequence[tuple[float, float]]
    intervals: Sequence[Record]


@dataclass(frozen=True)
class Group:
    """Runs that are drawn together, under a title; `records` are theirs in the document, `key` where these are."""

    key: str
    title: str
    runs: Sequence[Run]
    records: Sequence[Record]


def groups_in(document: Record) -> list[Group]:
    """All of a document."""
    groups = []
    if _is_run(document):
        groups.append(Group("", "The run", [_run("", document, document)], []))
    for key, title in LISTS.items():
        records = _records(document.get(key))
        if key in {"points", "steps"}:
            parts = {"": records}
        else:
            loads = dict.fromkeys(str(record.get("load", "")) for record in records)
            parts = {load: [each for each in records if str(each.get("load", "")) == load] for load in loads}
        for load, theirs in parts.items():
            if theirs:
                runs = [_run(_name(key, record), record, _middle(record)) for record in theirs]
                groups.append(Group(key, title.format(load=in_words(load)), runs, theirs))
    return groups


def in_words(load: str) -> str:
    """Of "4x50"; anything else is said as it is."""
    connections, cross, in_flight = load.partition("x")
    if cross and connections.isdecimal() and in_flight.isdecimal():
        return f"{connections} connections, {in_flight} in flight on each"
    return load or "Figures"


def _records(values: object) -> list[Record]:
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, (list, tuple)) else []


def _is_run(record: Record) -> bool:
    return any(record.get(key) for key in ("percentiles", "curve", "intervals", "timeline"))


def _name(key: str, record: Record) -> str:
    if key == "steps":
        rate = number(record.get("rate"))
        said = "" if rate is None else f"{rate:,.0f} a second"
        return f"{said}, {record['verdict']}" if isinstance(record.get("verdict"), str) else said
    name = record.get("name") or record.get("target") or record.get("load") or ""
    return figure(name)


def _middle(record: Record) -> Record:
    """The run of a record that has several: the one in the middle by throughput."""
    runs = sorted(_records(record.get("runs")), key=lambda run: number(run.get("tps")) or 0.0)
    return runs[len(runs) // 2] if runs else record


def _run(name: str, record: Record, run: Record) -> Run:
    latency = run.get("latency_ms")
    percentiles = latency if isinstance(latency, Mapping) else {}
    p50, p99 = (number(record.get(f"{key}_ms", percentiles.get(key))) for key in ("p50", "p99"))
    return Run(
        name, number(record.get("rate")), number(record.get("tps")), p50, p99, list(_curve(run)), list(_parts(run))
    )


def _curve(run: Record) -> Iterator[tuple[float, float]]:
    for pair in run.get("percentiles") or run.get("curve") or ():
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            percentile, ms = map(number, pair)
            if percentile is not None and ms is not None and 0 <= percentile <= 100:
                yield percentile, ms


def _parts(run: Record) -> Iterator[Record]:
    for count, part in enumerate(_records(run.get("intervals") or run.get("timeline")), start=1):
        if "at_s" in part:
            yield part
        else:
            yield {"at_s": float(count), "tps": part.get("answers"), **part}


def number(value: object) -> float | None:
    """A number as one; None for anything else."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
