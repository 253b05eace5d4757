"""Plots as SVG: lines and steps on any scales, with ticks, and each line's name at its end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from saklar.bench.report.markup import text
from saklar.bench.report.scale import Scale

WIDTH, HEIGHT = 760, 280
COLOURS = 8
"""That the page's style has, as --s1 and so on; further lines are dashed ones of the same."""

_LEFT, _TOP, _BOTTOM = 76, 14, 44
_CHARACTER, _LINE = 6.6, 15
_LONGEST_NAME = 26
_NAMED = 14
"""Lines that have room for their names beside them; with more there is a legend."""

_MOST_POINTS = 1_200
"""Of a line: more than there are places across."""

Point = tuple[float, float | None]


@dataclass(frozen=True)
class Series:
    """A line: its name, and its points from left to right; it is broken where there is no value."""

    name: str
    points: Sequence[Point]

    @property
    def values(self) -> list[float]:
        """Those there are."""
        return [y for _, y in self.points if y is not None]


@dataclass(frozen=True)
class Axis:
    """A scale, and what is on it with its unit."""

    scale: Scale
    label: str


def plot(
    title: str,
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    *,
    steps: bool = False,
    marks: bool = False,
    limit: tuple[float, str] | None = None,
) -> str:
    """A plot, as a figure of HTML.

    Args:
        title: above it.
        series: the lines; an empty one is left out.
        x: to the right.
        y: upwards.
        steps: whether a value holds from the point before to its own, as of an interval that ends there.
        marks: whether each point is marked.
        limit: a value of y that is drawn across, and its name.
    """
    shown = [each for each in series if each.values]
    has_names = 1 < len(shown) <= _NAMED
    names = [_short(each.name) for each in shown]
    right = 28 + (round(max(map(len, names)) * _CHARACTER) if has_names else 0)
    frame = _Frame(_LEFT, WIDTH - right, _TOP, HEIGHT - _BOTTOM, x.scale, y.scale)
    parts = [*_grid(frame, x, y)]
    if limit is not None:
        parts += _limit(frame, *limit)
    for number, each in enumerate(shown):
        parts.append(_line(frame, each, number, steps=steps))
        if marks:
            parts += _marks(frame, each, number)
    if has_names:
        parts += _names(frame, shown, names)
    legend = _legend(shown) if len(shown) > _NAMED else ""
    return (
        f"<figure><figcaption>{text(title)}</figcaption>{legend}"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(title)}">{"".join(parts)}</svg></figure>'
    )


@dataclass(frozen=True)
class _Frame:
    left: float
    right: float
    top: float
    bottom: float
    x: Scale
    y: Scale

    def across(self, value: float) -> float:
        return self.left + self.x.at(value) * (self.right - self.left)

    def down(self, value: float) -> float:
        return self.bottom - self.y.at(value) * (self.bottom - self.top)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _grid(frame: _Frame, x: Axis, y: Axis) -> Iterable[str]:
    for value, label in y.scale.ticks:
        at = frame.down(value)
        yield f'<path class="grid" d="M{frame.left} {at:.1f}H{frame.right}"/>'
        yield f'<text class="end" x="{frame.left - 8}" y="{at + 4:.1f}">{text(label)}</text>'
    for value, label in x.scale.ticks:
        at = frame.across(value)
        yield f'<path class="tick" d="M{at:.1f} {frame.bottom}v5"/>'
        inside = at + len(label) * _CHARACTER / 2 < WIDTH
        place = f'class="middle" x="{at:.1f}"' if inside else f'class="end" x="{WIDTH}"'
        yield f'<text {place} y="{frame.bottom + 18}">{text(label)}</text>'
    yield f'<path class="axis" d="M{frame.left} {frame.bottom}H{frame.right}"/>'
    middle = (frame.left + frame.right) / 2
    yield f'<text class="middle label" x="{middle:.1f}" y="{frame.bottom + 37}">{text(x.label)}</text>'
    height = (frame.top + frame.bottom) / 2
    yield (
        f'<text class="middle label" transform="translate(12 {height:.1f}) rotate(-90)" x="0" y="0">{text(y.label)}'
        "</text>"
    )


def _limit(frame: _Frame, value: float, name: str) -> Iterable[str]:
    at = frame.down(value)
    yield f'<path class="limit" d="M{frame.left} {at:.1f}H{frame.right}"/>'
    yield f'<text class="limit" x="{frame.left + 6}" y="{at - 5:.1f}">{text(name)}</text>'


def _look(number: int) -> str:
    """A colour for each line; dashes for those that come after all colours."""
    dashes = number // COLOURS
    dashed = f' stroke-dasharray="{7 - 2 * min(dashes, 2)} {2 + dashes}"' if dashes else ""
    return f'style="stroke:var(--s{number % COLOURS + 1})"{dashed}'


def _line(frame: _Frame, series: Series, number: int, *, steps: bool) -> str:
    pieces = []
    for is_there, run in groupby(series.points, lambda point: point[1] is not None):
        if is_there:
            points = [(frame.across(x), frame.down(y)) for x, y in run if y is not None]
            pieces.append(_path(_thinned(points), steps=steps))
    return f'<path class="line" {_look(number)} d="{"".join(pieces)}"/>'


def _path(points: Sequence[tuple[float, float]], *, steps: bool) -> str:
    (x, y), *rest = points
    if not rest:
        return f"M{x - 2:.1f} {y:.1f}h4"
    drawn = (f"V{y:.1f}H{x:.1f}" if steps else f"L{x:.1f} {y:.1f}" for x, y in rest)
    return f"M{x:.1f} {y:.1f}{''.join(drawn)}"


def _thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Of very many points the highest and the lowest of each few, so that no peak is lost."""
    if len(points) <= _MOST_POINTS:
        return points
    size = math.ceil(2 * len(points) / _MOST_POINTS)
    kept = []
    for start in range(0, len(points), size):
        few = points[start : start + size]
        kept += sorted({min(few, key=lambda point: point[1]), max(few, key=lambda point: point[1])})
    return kept


def _marks(frame: _Frame, series: Series, number: int) -> Iterable[str]:
    fill = f'style="fill:var(--s{number % COLOURS + 1})"'
    for x, y in series.points:
        if y is not None:
            yield f'<circle {fill} cx="{frame.across(x):.1f}" cy="{frame.down(y):.1f}" r="3"/>'


def _names(frame: _Frame, series: Sequence[Series], names: Sequence[str]) -> Iterable[str]:
    """Each beside the end of its line, moved up or down where others are."""
    ends = [frame.down(each.values[-1]) for each in series]
    for number, at in enumerate(spread(ends, frame.top, frame.bottom, _LINE)):
        colour = f'style="fill:var(--s{number % COLOURS + 1})"'
        yield f'<text class="name" {colour} x="{frame.right + 8}" y="{at + 4:.1f}">{text(names[number])}</text>'


def spread(places: Sequence[float], low: float, high: float, apart: float) -> list[float]:
    """The places, moved as little as it takes to be so far apart and within the limits, in the same order.

    If there is no room for that they begin at `low`, and go beyond `high`.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    moved, floor = list(places), low
    for number in order:
        moved[number] = max(moved[number], floor)
        floor = moved[number] + apart
    ceiling = max(high, low + apart * (len(places) - 1))
    for number in reversed(order):
        moved[number] = min(moved[number], ceiling)
        ceiling = moved[number] - apart
    return moved


def _legend(series: Sequence[Series]) -> str:
    rows = "".join(
        f'<li><svg class="swatch" viewBox="0 0 24 10"><path class="line" {_look(number)} d="M0 5H24"/></svg> '
        f"{text(each.name)}</li>"
        for number, each in enumerate(series)
    )
    return f'<ul class="legend">{rows}</ul>'
