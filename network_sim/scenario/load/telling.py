"""A load as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from saklar.network_sim.scenario.load.loading import LoadProgress
from saklar.network_sim.scenario.load.result import KEPT_UP_MS, LoadResult, Times

MOST_REASONS = 10
HEADINGS = ("count", "p50", "p90", "p99", "p99.9", "max")


def progress_line(progress: LoadProgress) -> str:
    """How far a load is, in a line."""
    return (
        f"{progress.elapsed_s:6.0f} s  {progress.plays} plays begun, {progress.not_passed} not passed, "
        f"{progress.at_once} going on; the runner is late by {progress.late_p99_ms:.1f} ms (p99)"
    )


def load_summary(load: LoadResult) -> str:
    """A load: its verdict, its times, and how late the runner itself was."""
    return "\n".join(_lines(load))


def headline(load: LoadResult) -> str:
    """The verdict in a line."""
    if load.problem:
        return f"The load could not be played: {load.problem}"
    counts = {
        "failed": load.failed_plays,
        "in error": load.error_plays,
        "cut short": load.cut_plays,
        "not begun, as too many were going on": load.not_started,
    }
    more = "".join(f", {count} {what}" for what, count in counts.items() if count)
    cut = "Interrupted: " if load.interrupted else ""
    return f"{cut}{load.passed_plays} of {load.plays} plays passed{more}"


def aim(load: LoadResult) -> str:
    """What the load was to be, and what it was."""
    by = f" at {load.terminals} terminals" if load.terminals else ""
    begun = load.plays / min(load.elapsed_s, load.for_s) if load.elapsed_s else 0.0
    return f"{load.rate:g} plays a second for {load.for_s:g} s{by}; begun {begun:.1f}/s, {load.messages} messages"


def verdict_on_runner(load: LoadResult) -> str:
    """Whether the tool or the host was slow."""
    if not load.lateness.count:
        return "nothing was sent"
    if load.kept_up:
        return f"it kept up (p99 within {KEPT_UP_MS:g} ms), so what is slow here is the host"
    return f"it did not keep up (p99 within {KEPT_UP_MS:g} ms), so times here are in part its own"


def _lines(load: LoadResult) -> Iterator[str]:
    yield headline(load)
    if load.problem:
        return
    yield f"  {aim(load)}"
    yield ""
    yield f"  {'ms':<44}" + "".join(f"{name:>10}" for name in HEADINGS)
    for step in load.steps:
        yield _row(f"{step.place} {step.place.text}", step.times)
    yield _row("a play, from when it was due", load.whole)
    yield _row("the runner itself was late by", load.lateness)
    yield ""
    yield f"  the runner: {verdict_on_runner(load)}"
    reasons = list((load.reasons or {}).items())
    for reason, count in reasons[:MOST_REASONS]:
        yield f"  {count} times: {reason}"
    if len(reasons) > MOST_REASONS:
        yield f"  and {len(reasons) - MOST_REASONS} more reasons"
    yield f"  seed {load.seed}; again: {load.rerun}"


def _row(name: str, times: Times) -> str:
    name = name if len(name) <= 43 else f"{name[:42]}…"
    return f"  {name:<44}{times.count:>10}" + "".join(f"{value:>10.2f}" for value in values(times))


def values(times: Times) -> tuple[float, ...]:
    """In the order of the headings, without the count."""
    return times.p50_ms, times.p90_ms, times.p99_ms, times.p999_ms, times.max_ms
