"""The reports of a load: a page for people, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from saklar.network_sim.scenario.load.result import LoadResult, Times
from saklar.network_sim.scenario.load.telling import HEADINGS, aim, headline, values, verdict_on_runner
from saklar.network_sim.scenario.reports.casework import case_of, text
from saklar.network_sim.scenario.reports.looks import STYLE
from saklar.network_sim.scenario.reports.page import FOOTER, bar, style_hash


def load_document(load: LoadResult) -> str:
    """The whole of a load as JSON, on one line."""
    return json.dumps(load.to_dict(), ensure_ascii=False) + "\n"


def load_page(load: LoadResult) -> str:
    """The page of a load: one HTML file that loads nothing."""
    return "\n".join(_page(load)) + "\n"


def _page(load: LoadResult) -> Iterator[str]:
    verdict = text(headline(load))
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src '{style_hash(STYLE)}'; base-uri 'none'; form-action 'none'\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{verdict} · saklar play</title><style>{STYLE}</style></head>"
    yield f'<body class="{"good" if load.passed else "bad"}"><header>'
    yield f'<p class="kicker">saklar play, a load · {text(load.started_at[:19].replace("T", " "))} UTC</p>'
    yield f"<h1>{verdict}</h1>{bar(shares(load))}"
    yield f"{_facts(load)}</header><main>"
    yield from _times(load)
    if load.reasons:
        yield '<section><h2>Why plays did not pass</h2><table class="figures"><tbody>'
        yield from (f"<tr><td>{count}</td><td>{text(why)}</td></tr>" for why, count in load.reasons.items())
        yield "</tbody></table></section>"
    if load.failures:
        yield f'<section class="file"><h2>{text(_heading(load))}</h2>'
        for number, case in enumerate(load.failures, 1):
            yield case_of(case, number, is_open=number == 1, about=case.failures[0].message if case.failures else "")
        yield "</section>"
    yield f"</main><footer>{FOOTER}</footer></body></html>"


def shares(load: LoadResult) -> dict[str, int]:
    """Plays by what became of them, in the words of verdicts; those that were not begun are skipped ones."""
    return {
        "passed": load.passed_plays,
        "failed": load.failed_plays,
        "error": load.error_plays + load.cut_plays,
        "skipped": load.not_started,
    }


def _facts(load: LoadResult) -> str:
    facts = {"Load": aim(load), "At once": f"{load.most_at_once} at most", "Seed": str(load.seed)}
    shown = "".join(f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in facts.items())
    late = f'<div class="late"><dt>The runner itself</dt><dd>{text(verdict_on_runner(load))}</dd></div>'
    again = f'<div class="late again"><dt>Play it again</dt><dd><code>{text(load.rerun)}</code></dd></div>'
    return f'<dl class="facts">{shown}{late}{again}</dl>'


def _times(load: LoadResult) -> Iterator[str]:
    yield '<section><h2>Times <small>in ms</small></h2><div class="wide"><table class="times"><thead><tr><th></th>'
    yield "".join(f"<th>{name}</th>" for name in HEADINGS) + "</tr></thead><tbody>"
    for step in load.steps:
        yield _row(f"<code>{text(step.place.text)}</code><small>{text(str(step.place))}</small>", step.times)
    yield _row("a play, from when it was due", load.whole)
    yield _row("the runner itself was late by", load.lateness)
    yield "</tbody></table></div></section>"


def _heading(load: LoadResult) -> str:
    """Above those that are shown: all that did not pass, or the first of them."""
    shown, wrong = len(load.failures), load.failed_plays + load.error_plays
    return "Those that did not pass" if shown == wrong else f"The first {shown} that did not pass"


def _row(name: str, times: Times) -> str:
    cells = "".join(f"<td>{value:.2f}</td>" for value in values(times))
    return f"<tr><th>{name}</th><td>{times.count}</td>{cells}</tr>"
