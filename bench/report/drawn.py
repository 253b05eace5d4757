"""The plots of runs; what a document has no figures for is left out."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from saklar.bench.report.markup import text
from saklar.bench.report.plot import Axis, Series, plot
from saklar.bench.report.runs import Run, number
from saklar.bench.report.scale import Linear, Log, Nines, Time

MEGA = 1_000_000
MOST_OVER_TIME = 8
"""Runs that are drawn over time together; of more it could not be told which is which."""

_ROW, _LEFT, _WIDTH, _FIGURES = 26, 110, 760, 130


def by_percentile(runs: Sequence[Run]) -> str:
    """Latency by percentile: each nine has the same room, and latency is on a log scale."""
    series = [Series(run.name, run.curve) for run in runs if len(run.curve) > 1]
    if not series:
        return ""
    x = Nines.over(percentile for each in series for percentile, _ in each.points)
    y = Log.over(value for each in series for value in each.values)
    title = "Latency by percentile"
    return plot(title, series, Axis(x, "of answers were at least so fast"), Axis(y, "ms"))


def over_time(runs: Sequence[Run]) -> str:
    """Throughput, latency, CPU and memory over time."""
    if not 0 < len(runs) <= MOST_OVER_TIME:
        return ""
    latency = (
        _over_time("Latency over time, p99", runs, "p99_ms", "ms")
        if len(runs) > 1
        else _latencies_over_time(runs[0])
    )  # fmt: skip
    return "".join(
        (
            _over_time("Throughput over time", runs, "tps", "answers a second", steps=True),
            latency,
            _over_time("CPU of the target over time", runs, "cpu_share", "% of a core", factor=100, steps=True),
            _over_time("Memory of the target over time", runs, "rss_bytes", "MB", factor=1 / MEGA),
        )
    )


def _series(run: Run, key: str, name: str, factor: float = 1.0) -> Series:
    points = []
    for part in run.intervals:
        at, value = number(part.get("at_s")), number(part.get(key))
        if at is not None:
            points.append((at, None if value is None else value * factor))
    return Series(name, points)


def _begun(series: Series) -> Series:
    """With the beginning of its first interval, which is as long as the second, or began at 0."""
    (first, value), *rest = series.points
    begin = max(0.0, 2 * first - rest[0][0]) if rest else 0.0
    return Series(series.name, [(begin, value), *series.points])


def _over_time(
    title: str, runs: Sequence[Run], key: str, unit: str, *, factor: float = 1.0, steps: bool = False
) -> str:
    series = [each for run in runs if (each := _series(run, key, run.name, factor)).values]
    return _plot_over_time(title, [_begun(each) for each in series] if steps else series, unit, steps=steps)


def _latencies_over_time(run: Run) -> str:
    names = {"p50_ms": "p50", "p99_ms": "p99", "max_ms": "max"}
    series = [each for key, name in names.items() if (each := _series(run, key, name)).values]
    return _plot_over_time("Latency over time", series, "ms", is_log=True)


def _plot_over_time(
    title: str, series: Sequence[Series], unit: str, *, steps: bool = False, is_log: bool = False
) -> str:
    if not any(len(each.points) > 1 for each in series):
        return ""
    values = [value for each in series for value in each.values]
    y = Log.over(values) if is_log else Linear.over(values)
    x = Time.over(at for each in series for at, _ in each.points)
    return plot(title, series, Axis(x, "since the beginning"), Axis(y, unit), steps=steps)


def against_load(runs: Sequence[Run], limit_ms: float | None) -> str:
    """Latency against the throughput, where there were several."""
    loads = (
        sorted(((run.tps, run) for run in runs if run.tps and run.p99_ms), key=itemgetter(0)) if _differ(runs) else []
    )
    if not loads:
        return ""
    series = [
        Series(name, [(tps, getattr(run, key)) for tps, run in loads])
        for name, key in (("p50", "p50_ms"), ("p99", "p99_ms"))
    ]
    limits = [] if limit_ms is None else [limit_ms]
    y = Log.over([*limits, *(value for each in series for value in each.values)])
    x = Linear.over(tps for tps, _ in loads)
    limit = None if limit_ms is None else (limit_ms, f"limit of p99: {limit_ms:g} ms")
    axes = Axis(x, "answers a second"), Axis(y, "ms")
    return plot("Latency against load", series, *axes, marks=True, limit=limit)


def _differ(runs: Sequence[Run]) -> bool:
    return len({run.rate for run in runs if run.rate is not None}) > 1


def bars(title: str, values: Sequence[tuple[str, float]], unit: str) -> str:
    """A bar for each, with its value."""
    most = max((value for _, value in values), default=0.0) or 1.0
    room = _WIDTH - _LEFT - _FIGURES
    rows = []
    for count, (name, value) in enumerate(values):
        top, width = count * _ROW, max(1.0, value / most * room)
        said = f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
        rows.append(
            f'<text x="0" y="{top + 17}">{text(name)}</text>'
            f'<rect x="{_LEFT}" y="{top + 4}" width="{width:.1f}" height="{_ROW - 8}" rx="2"/>'
            f'<text x="{_LEFT + width + 8:.1f}" y="{top + 17}">{said} {text(unit)}</text>'
        )
    height = len(values) * _ROW
    svg = f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{text(title)}">{"".join(rows)}</svg>'
    return f"<figure><figcaption>{text(title)}</figcaption>{svg}</figure>"
