"""The reports of a load: a page for people, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from saklar.network_sim.scenario.load.result import LoadResult, Times
from saklar.network_sim.scenario.load.telling import HEADINGS, aim, headline, values, verdict_on_runner
from saklar.network_sim.scenario.reports.casework import case_of, text
from saklar.network_sim.scenario.reports.looks import STYLE
from saklar.network_sim.scenario.reports.page import FOOTER, style_hash


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
    yield f'<h1>{verdict}</h1><dl class="facts">'
    yield f"<div><dt>Load</dt><dd>{text(aim(load))}</dd></div>"
    yield f"<div><dt>At once</dt><dd>{load.most_at_once} at most</dd></div><div><dt>Seed</dt><dd>{load.seed}</dd></div>"
    yield f'<div class="late"><dt>The runner itself</dt><dd>{text(verdict_on_runner(load))}</dd></div>'
    yield "</dl></header><main>"
    yield "<section><h2>Times <small>in ms</small></h2><table><thead><tr><th></th>"
    yield "".join(f"<th>{name}</th>" for name in HEADINGS) + "</tr></thead><tbody>"
    for step in load.steps:
        yield _row(f"{step.place} {step.place.text}", step.times)
    yield _row("a play, from when it was due", load.whole)
    yield _row("the runner itself was late by", load.lateness)
    yield "</tbody></table></section>"
    if load.reasons:
        yield "<section><h2>Why plays did not pass</h2><table><tbody>"
        yield from (f"<tr><td>{count}</td><td>{text(why)}</td></tr>" for why, count in load.reasons.items())
        yield "</tbody></table></section>"
    if load.failures:
        yield f'<section class="file"><h2>The first {len(load.failures)} of them</h2>'
        yield from (case_of(case, number, is_open=number == 1) for number, case in enumerate(load.failures, 1))
        yield "</section>"
    yield f"<section><h2>Again</h2><pre>{text(load.rerun)}</pre></section>"
    yield f"</main><footer>{FOOTER}</footer></body></html>"


def _row(name: str, times: Times) -> str:
    cells = "".join(f"<td>{value:.2f}</td>" for value in values(times))
    return f"<tr><th>{text(name)}</th><td>{times.count}</td>{cells}</tr>"
