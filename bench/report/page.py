"""The page of a comparison: one HTML file that needs nothing else, with bars drawn as SVG."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --bar: #2f6fb7; --line: #d0d7de; --faint: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --bar: #58a6ff; --line: #30363d; --faint: #9198a1; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: right; padding: .25rem .8rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
svg text { fill: var(--ink); font-size: 13px; } svg rect { fill: var(--bar); }
.faint { color: var(--faint); }
@media print { body { margin: 0; } }
"""

_ROW, _LEFT, _WIDTH, _FIGURES = 26, 90, 760, 130


def page_of(document: Mapping[str, Any]) -> str:
    """The page of what `Comparison.as_document` gives."""
    figures = document["figures"]
    loads = list(dict.fromkeys(figure["load"] for figure in figures))
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>saklar: a comparison</title>',
        f"<style>{_STYLE}</style></head><body><h1>saklar beside its baselines</h1>",
        f'<p class="faint">{escape(_machine(document))}</p>',
    ]
    for load in loads:
        theirs = [figure for figure in figures if figure["load"] == load]
        connections, _, in_flight = load.partition("x")
        parts += [
            f"<h2>{escape(connections)} connections, {escape(in_flight)} in flight on each</h2>",
            _bars([(figure["target"], figure["tps"]) for figure in theirs], "TPS"),
            _table(theirs),
        ]
    if document["at_half"]:
        parts.append("<h2>Lateness at half of what the first can do</h2>")
        parts.append(_bars([(figure["target"], figure["p99_ms"]) for figure in document["at_half"]], "ms, p99"))
        parts.append(_table(document["at_half"]))
    faults = document["faults"] or ["none"]
    parts.append(f"<h2>Faults</h2><ul>{''.join(f'<li>{escape(fault)}</li>' for fault in faults)}</ul>")
    parts.append(
        '<p class="faint">Closed loops show what a target can do, and flatter its latency; lateness counts from when a '
        "request was due. Medians of rounds in which all targets were measured in turn. µs of CPU: of the target's "
        "process, for each transaction.</p></body></html>"
    )
    return "\n".join(parts)


def _machine(document: Mapping[str, Any]) -> str:
    machine = document["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    where = "all on one core" if document["cores"] is None else f"the target on core {document['cores'][0]} alone"
    return f"{machine['processor']}, {where}; {machine['system']}; Python {machine['python']}; {packages}"


def _bars(values: Sequence[tuple[str, float]], unit: str) -> str:
    most = max((value for _, value in values), default=0.0) or 1.0
    room = _WIDTH - _LEFT - _FIGURES
    rows = []
    for number, (name, value) in enumerate(values):
        top, width = number * _ROW, max(1.0, value / most * room)
        said = f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
        rows.append(
            f'<text x="0" y="{top + 17}">{escape(name)}</text>'
            f'<rect x="{_LEFT}" y="{top + 4}" width="{width:.1f}" height="{_ROW - 8}" rx="2"/>'
            f'<text x="{_LEFT + width + 8:.1f}" y="{top + 17}">{said} {escape(unit)}</text>'
        )
    height = len(values) * _ROW
    return f'<svg viewBox="0 0 {_WIDTH} {height}" width="100%" role="img">{"".join(rows)}</svg>'


def _table(figures: Sequence[Mapping[str, Any]]) -> str:
    names = ("load", "target", "TPS", "of raw", "of naive", "p50 ms", "p99 ms", "µs of CPU", "MB")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{escape(cell)}</td>"
            for cell in (
                figure["load"], figure["target"], f"{figure['tps']:,.0f}", _share(figure.get("of_raw")),
                _share(figure.get("of_naive")), f"{figure['p50_ms']:.3g}", f"{figure['p99_ms']:.3g}",
                f"{figure['cpu_us'] or 0:.0f}", f"{figure['rss_mb'] or 0:.0f}",
            )
        )
        + "</tr>"
        for figure in figures
    )  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _share(ratio: Mapping[str, Any] | None) -> str:
    return "" if ratio is None else f"{ratio['ratio']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"
