"""The page of a measurement: one HTML file that needs nothing else. Plots first, every figure in tables after them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from saklar.bench.report import tables
from saklar.bench.report.drawn import against_load, bars, by_percentile, over_time
from saklar.bench.report.markup import figure, text
from saklar.bench.report.runs import LISTS, Group, Record, groups_in, number
from saklar.bench.report.style import STYLE

TITLES = {
    "tps": "A target under load",
    "switch": "saklar beside its baselines",
    "saturate": "The most that a target takes",
    "sweep": "A target under one load after another",
    "soak": "A target under load for long",
    "compare": "Two targets beside each other",
}
"""By mode."""

_OLD_MODES = {"run": "tps"}
_APART = frozenset({"mode", "kind", "machine", "versions", "configuration", "faults", "invalid", "notes", "sentence"})
"""Parts of a document with a place of their own on the page."""

_CLOSED = (
    "Closed loops show what a target can do, and flatter its latency; in open loops lateness counts from when a "
    "request was due. Of several rounds, figures are medians, and the plots are of the round in the middle."
)


def page_of(document: Record) -> str:
    """The page of a document of any mode; a part that the document does not have is left out."""
    mode = str(document.get("mode") or document.get("kind") or "")
    mode = _OLD_MODES.get(mode, mode)
    title = TITLES.get(mode, f"saklar bench {mode}".strip())
    groups = groups_in(document)
    body = "".join(
        (
            f"<h1>{text(title)}</h1>",
            _lines(document),
            _banner("This says nothing of the target", found(document, "invalid")),
            _banner("Faults: what must not happen", found(document, "faults")),
            _headline(document),
            *(_section(group, document) for group in groups),
            _notes(document),
            _figures(document),
            _surroundings(document),
            f'<p class="faint">{text(_CLOSED)}</p>' if groups else "",
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>saklar: {text(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def found(document: object, key: str, where: str = "") -> list[str]:
    """What a document says under a key, at any depth, with what it is of; each once."""
    said: list[str] = []
    if isinstance(document, Mapping):
        own = ", ".join(each for each in (where, tables.called(document, "")) if each)
        said += [f"{own}: {each}" if own else each for each in _words(document.get(key))]
        for name, value in document.items():
            if name not in {key, "configuration", "confirmed"}:
                said += found(value, key, own)
    elif isinstance(document, (list, tuple)):
        for value in document:
            said += found(value, key, where)
    return list(dict.fromkeys(said))


def _words(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{figure(count)} x {name}" for name, count in value.items()]
    if isinstance(value, (list, tuple)):
        return [str(each) for each in value]
    return [str(value)] if value else []


def _lines(document: Record) -> str:
    sentence = document.get("sentence") or document.get("verdict")
    said = [("faint", _machine(document.get("machine"))), ("said", sentence if isinstance(sentence, str) else "")]
    return "".join(f'<p class="{kind}">{text(line)}</p>' for kind, line in said if line)


def _machine(machine: object) -> str:
    if not isinstance(machine, Mapping):
        return ""
    packages = machine.get("packages")
    versions = [f"{name} {version}" for name, version in packages.items()] if isinstance(packages, Mapping) else []
    words = [machine.get("processor"), machine.get("system"), f"Python {machine.get('python')}", ", ".join(versions)]
    return "; ".join(str(word) for word in words if word)


def _banner(title: str, reasons: Sequence[str]) -> str:
    if not reasons:
        return ""
    rows = "".join(f"<li>{text(reason)}</li>" for reason in reasons)
    return f'<div class="banner" role="alert"><strong>{text(title)}</strong><ul>{rows}</ul></div>'


def _headline(document: Record) -> str:
    latency = document.get("latency_ms")
    percentiles = latency if isinstance(latency, Mapping) else {}
    big = [("answers a second", document.get("tps")), ("requests a second", document.get("rate"))]
    big += [(f"ms, {'maximum' if name == 'p100' else name}", value) for name, value in percentiles.items()]
    cells = [
        f"<li><b>{f'{value:,.0f}' if value >= 1_000 else f'{value:.3g}'}</b>{text(name)}</li>"
        for name, said in big
        if (value := number(said)) is not None
    ]
    return f'<ul class="headline">{"".join(cells)}</ul>' if cells else ""


def _section(group: Group, document: Record) -> str:
    timed = group.runs[-1:] if group.key == "steps" else group.runs
    parts = [
        _bars(group) if group.key not in {"", "steps", "points"} else "",
        against_load(group.runs, _limit(document)) if group.key in {"points", "steps"} else "",
        by_percentile(group.runs),
        over_time(timed),
    ]
    return f"<h2>{text(group.title)}</h2>{''.join(parts)}" if any(parts) else ""


def _bars(group: Group) -> str:
    is_late = group.key.startswith("at_")
    values = [(run.name, run.p99_ms if is_late else run.tps) for run in group.runs]
    shown = [(name, value) for name, value in values if value is not None]
    return bars("Latency, p99", shown, "ms") if is_late else bars("Throughput", shown, "TPS")


def _limit(document: Record) -> float | None:
    configuration = document.get("configuration")
    return number(configuration.get("p99_ms")) if isinstance(configuration, Mapping) else None


def _notes(document: Record) -> str:
    notes = found(document, "notes")
    return f"<h2>Notes</h2><ul>{''.join(f'<li>{text(note)}</li>' for note in notes)}</ul>" if notes else ""


def _figures(document: Record) -> str:
    figures = {key: value for key, value in document.items() if key not in _APART}
    return f"<h2>All figures</h2>{''.join(_tables(figures))}" if figures else ""


def _tables(figures: Record) -> Iterator[str]:
    """The lists that people came for open, the rest in one table of names and values."""
    rest = {}
    for key, value in figures.items():
        if key in LISTS and tables.is_list(value):
            yield f"<h3>{text(tables.name_of(key))}</h3>{tables.rest_of(value)}"
        else:
            rest[key] = value
    if rest:
        yield tables.record(rest)


def _surroundings(document: Record) -> str:
    parts = []
    for key, title in (("configuration", "Configuration"), ("machine", "Machine"), ("versions", "Versions")):
        value = document.get(key)
        if isinstance(value, Mapping) and value:
            parts.append(f"<h2>{title}</h2>{tables.record(value)}")
    return "".join(parts)
