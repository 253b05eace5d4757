"""The page of a run: one HTML file that needs nothing else, for reading on a screen and on paper.

Its own security policy forbids it to load anything, and to run any script but its own.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import get_args

from saklar.network_sim.scenario.reports.casework import case_of, text
from saklar.network_sim.scenario.reports.looks import SCRIPT, STYLE
from saklar.network_sim.scenario.result import CaseResult, Lateness, RunResult, Verdict
from saklar.network_sim.scenario.telling import hits

KEPT_UP_MS = 50.0
"""A runner that was later than this (p99) had a part in the times that it measured."""

FEW = 20
"""Looks at the clock that say nothing yet."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_CLOCKS = {
    "virtual": "virtual: nothing waits for real",
    "real": "real",
    "mixed": "real where a party is outside, else virtual",
}

FOOTER = "PINs, keys, tracks and the middle of card numbers are not in this file."


def page(run: RunResult) -> str:
    """The page of a run, whole."""
    return "\n".join(_page(run)) + "\n"


def _page(run: RunResult) -> Iterator[str]:
    verdict = headline(run)
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src '{style_hash(STYLE)}'; script-src '{style_hash(SCRIPT)}'; base-uri 'none'; form-action 'none'\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{text(verdict)} · saklar play</title>"
    yield f'<style>{STYLE}</style></head><body class="{"good" if run.passed else "bad"}">'
    yield f'<header><p class="kicker">saklar play · {text(_moment(run.started_at))}</p><h1>{text(verdict)}</h1>'
    yield bar({verdict: run.count(verdict) for verdict in VERDICTS})
    yield _facts(run)
    yield _filters(run)
    yield "</header><main>"
    number = 0
    opened = next((case.id for case in run.cases if case.verdict in ("failed", "error")), None)
    for file, cases in groupby(run.cases, key=lambda case: case.place.file):
        found = list(cases)
        yield f'<section class="file"><h2>{text(file)} <small>{text(_counts(found))}</small></h2>'
        for case in found:
            number += 1
            yield case_of(case, number, is_open=case.id == opened)
        yield "</section>"
    yield f"</main><footer>{FOOTER}</footer>"
    yield f"<script>{SCRIPT}</script></body></html>"


def headline(run: RunResult) -> str:
    """The verdict on a run in a line."""
    failed, broken, skipped = run.count("failed"), run.count("error"), run.count("skipped")
    disturbed = run.count("disturbed")
    total = len(run.cases)
    of_all = f" of {_number(total, 'case')}"
    said = [f"{failed}{of_all} failed"] if failed else []
    if broken:
        said.append(f"{broken}{'' if failed else of_all} could not be played")
    if not said:
        played = total - skipped - disturbed
        said.append(
            f"{'All ' if played > 1 and not (run.interrupted or disturbed) else ''}{_number(played, 'case')} passed"
        )
        said += [f"{disturbed} disturbed"] if disturbed else []
        said += [f"{skipped} skipped"] if skipped else []
    return f"{'Interrupted: ' if run.interrupted else ''}{', '.join(said)}"


def _counts(cases: list[CaseResult]) -> str:
    counts = {verdict: sum(case.verdict == verdict for case in cases) for verdict in VERDICTS}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)


def bar(counts: Mapping[str, int]) -> str:
    """Verdicts, by name, as shares of a bar."""
    rects, x = [], 0
    for verdict, count in counts.items():
        if count:
            rects.append(f'<rect class="{verdict}" x="{x}" width="{count}" height="1"/>')
            x += count
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return (
        f'<svg class="bar" viewBox="0 0 {max(1, x)} 1" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}">{"".join(rects)}</svg>'
    )


def _facts(run: RunResult) -> str:
    facts = {
        "Cases": _counts(list(run.cases)) or "none",
        "Took": f"{run.elapsed_s:.1f} s",
        "Clock": _CLOCKS[run.clock],
        "At once": str(run.parallel),
        "Seed": str(run.seed),
    }
    if run.against:
        facts["Against"] = run.against
    if run.chaos is not None:
        facts["Chaos"] = f"seed {run.chaos.seed}, {run.chaos.percent:g} % of the messages each way: {hits(run)}"
    shown = "".join(f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in facts.items())
    late = f'<div class="late"><dt>Lateness of the runner itself</dt><dd>{text(lateness(run.lateness))}</dd></div>'
    return f'<dl class="facts">{shown}{late}</dl>'


def lateness(late: Lateness) -> str:
    """How late the runner was, and what that means for the times on the page."""
    if not late.samples:
        return "none: in virtual time the runner is never late"
    if late.samples < FEW:
        meaning = "too few to judge by"
    elif late.p99_ms <= KEPT_UP_MS:
        meaning = "it kept up, so what is slow here is the host"
    else:
        meaning = "it was slow itself, so times here are in part its own"
    figures = f"p50 {late.p50_ms:.2f} ms, p99 {late.p99_ms:.2f} ms, {late.max_ms:.2f} ms at most"
    return f"{figures}, of {_number(late.samples, 'look')}: {meaning}"


def _filters(run: RunResult) -> str:
    """The form that the script shows, as it does nothing without."""
    boxes = "".join(
        f'<label><input type="checkbox" name="verdict" value="{verdict}" checked> {verdict} {count}</label>'
        for verdict in VERDICTS
        if (count := run.count(verdict))
    )
    tags = sorted({tag for case in run.cases for tag in case.tags})
    options = "".join(f'<option value="{text(tag)}">{text(tag)}</option>' for tag in tags)
    return (
        f'<form hidden aria-label="Which cases are shown">{boxes}'
        f'<label>Tag <select name="tag"><option value="">any</option>{options}</select></label>'
        '<label>Text <input type="search" name="words"></label><output></output>'
        '<button type="button">Unfold or fold all</button></form>'
    )


def style_hash(content: str) -> str:
    """Names a style or script in a Content-Security-Policy (CSP Level 3, section 2.3.1)."""
    return f"sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _moment(started_at: str) -> str:
    return f"{started_at[:19].replace('T', ' ')} UTC"


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
