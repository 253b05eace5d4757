"""The talk of a case as a sequence diagram: a strip of SVG for each event, whose lifelines join those above and below.

A strip for each lets a message unfold in its place. Nothing is styled here: classes say what a thing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from saklar.network_sim.scenario.reports.characters import storable
from saklar.network_sim.scenario.result import (
    ActEvent,
    AnyEvent,
    CaseResult,
    ExpectEvent,
    MessageEvent,
    PartyView,
    RemarkEvent,
)

TIME, LANE, SIDE = 78, 230, 110
"""Widths (px): of the times, between two lifelines, and beside the first and the last."""

HEAD, ROW, MESSAGE, NOTE = 46, 28, 40, 16
"""Heights (px)."""

CHARACTER = 7.3
"""The width of one (px), about, where text is cut to fit."""

HEAD_OF_ARROW = 9

_KEY_ELEMENTS = ("4", "39", "70", "24")
"""Elements that an arrow names, where there is room."""

_LOST = ("dropped", "undecodable")


@dataclass(frozen=True, slots=True)
class Diagram:
    """The lanes of a diagram, and strips drawn on them."""

    lanes: tuple[PartyView, ...]

    @classmethod
    def of(cls, case: CaseResult) -> Diagram:
        """The diagram of a case: only those who say, hear or do something have a lane."""
        active = {name for event in case.events for name in _names(event)}
        lanes = [party for party in case.parties if party.name in active]
        known = {party.name for party in case.parties}
        strangers = [PartyView(name, "host") for name in sorted(_talkers(case.events) - known)]
        return cls((*lanes, *strangers))

    @property
    def width(self) -> int:
        """Of every strip (px)."""
        return TIME + 2 * SIDE + max(0, len(self.lanes) - 1) * LANE

    def x(self, name: str) -> int:
        """Where a party's lifeline is; the first one's for a part that has none (an HSM, the journal)."""
        names = [party.name for party in self.lanes]
        return TIME + SIDE + (names.index(name) if name in names else 0) * LANE

    def head(self) -> str:
        """The names of the lanes."""
        boxes = []
        for party in self.lanes:
            x, about = self.x(party.name), " · ".join(part for part in (party.role, party.dialect) if part)
            boxes.append(
                f'<rect class="party" x="{x - 88}" y="2" width="176" height="{HEAD - 8}" rx="6"/>'
                f'<text class="name" x="{x}" y="19" text-anchor="middle">{_cut(party.name, 168)}</text>'
                f'<text class="about" x="{x}" y="33" text-anchor="middle">{_cut(about, 200)}</text>'
                f'<path class="life" d="M{x} {HEAD - 6}V{HEAD}"/>'
            )
        said = f"between {', '.join(party.name for party in self.lanes)}"
        return self._strip(HEAD, said, "".join(boxes), lives=False)

    def strip(self, event: AnyEvent) -> str:
        """An event."""
        match event:
            case MessageEvent():
                return self._message(event)
            case ExpectEvent():
                sign = "✓" if event.passed else "✗"
                verdict = "passed" if event.passed else "failed"
                return self._beside(event, event.party, f"{sign} {event.what}", f"expect {verdict}")
            case ActEvent():
                return self._pill(event, f"{event.subject} {event.verb} {event.note}".strip())
            case RemarkEvent():
                return self._beside(event, "", event.text, "remark")

    def _strip(self, height: int, said: str, drawn: str, *, lives: bool = True) -> str:
        lines = (
            "".join(f'<path class="life" d="M{self.x(lane.name)} 0V{height}"/>' for lane in self.lanes) if lives else ""
        )
        return (
            f'<svg width="{self.width}" height="{height}" viewBox="0 0 {self.width} {height}" role="img" '
            f'aria-label="{_attribute(said)}">{lines}{drawn}</svg>'
        )

    def _message(self, event: MessageEvent) -> str:
        start, end = self.x(event.sender), self.x(event.receiver)
        note = event.note if event.state in ("sent", "received") else f"{event.state}: {event.note}".rstrip(": ")
        height = MESSAGE + (NOTE if note else 0)
        room = max(abs(end - start), LANE) - 24
        mti, rest = _said(event), _key_elements(event, room)
        y, way = MESSAGE - 12, 1 if end >= start else -1
        tip = (start + end) // 2 if event.state in _LOST else end - way
        kind = f"arrow {event.state}"
        middle = (start + end) // 2
        parts = [
            _time(event, y - 6),
            f'<path class="{kind}" d="M{start} {y}H{tip}"/>',
            _label(middle, y - 7, "said", f'<tspan class="mti">{_text(mti)}</tspan>{_text(rest)}'),
        ]
        if event.state in _LOST:
            parts.append(f'<path class="cross" d="M{tip - 5} {y - 5}l10 10m0 -10l-10 10"/>')
        else:
            back = tip - way * HEAD_OF_ARROW
            parts.append(f'<path class="tip {event.state}" d="M{tip} {y}L{back} {y - 4}V{y + 4}Z"/>')
        if note:
            around = 2 * min(middle - TIME, self.width - middle)
            parts.append(_label(middle, y + 17, "note", _cut(note, around)))
        said = f"{event.at_s:.3f} s: {event.sender} to {event.receiver}: {mti} {event.title}{rest} {note}"
        return self._strip(height, said, "".join(parts))

    def _beside(self, event: AnyEvent, party: str, said: str, kind: str) -> str:
        """A text beside a lifeline: to the right of it, or to the left where that has more room."""
        x, left = self.x(party), TIME + 4
        names = {lane.name for lane in self.lanes}
        right = self.width - 8
        to_the_left = x - left > right - x
        place, anchor = (x - 10, "end") if to_the_left else (x + 10, "start")
        room = (x - left if to_the_left else right - x) - 10
        dot = f'<circle class="{kind}" cx="{x}" cy="{ROW / 2}" r="4"/>' if party in names else ""
        text = _label(place, ROW / 2 + 4, kind, _cut(said, room), anchor)
        return self._strip(ROW, f"{event.at_s:.3f} s: {party} {said}", _time(event, ROW // 2 + 4) + dot + text)

    def _pill(self, event: AnyEvent, said: str) -> str:
        subject = event.subject if isinstance(event, ActEvent) else ""
        width = min(len(said) * CHARACTER + 22, self.width - TIME - 8)
        x = min(max(self.x(subject) - width / 2, TIME), self.width - width - 4)
        pill = f'<rect class="act" x="{x:.0f}" y="3" width="{width:.0f}" height="{ROW - 6}" rx="11"/>'
        text = _label(x + width / 2, ROW / 2 + 4, "act", _cut(said, width))
        return self._strip(ROW, f"{event.at_s:.3f} s: {said}", _time(event, ROW // 2 + 4) + pill + text)


def _names(event: AnyEvent) -> Iterator[str]:
    for attribute in ("sender", "receiver", "party", "subject"):
        if name := getattr(event, attribute, ""):
            yield name


def _talkers(events: Sequence[AnyEvent]) -> set[str]:
    return {name for event in events if isinstance(event, MessageEvent) for name in (event.sender, event.receiver)}


def _said(event: MessageEvent) -> str:
    return event.title if event.state == "undecodable" else event.mti or event.title


def _key_elements(event: MessageEvent, room: float) -> str:
    """What an arrow says after the message type, as much as there is room for."""
    values = {
        field.path: field.meaning if field.path == "4" and field.meaning else field.value for field in event.fields
    }
    said = [values["4"]] if "4" in values else []
    said += [f"{path}={values[path]}" for path in _KEY_ELEMENTS[1:] if path in values]
    said.reverse()  # an answer's code matters more than its amount
    if event.label:
        said.append(f"({event.label})")
    while said and (len(_said(event)) + len("  ".join(["", *said]))) * CHARACTER > room:
        said.pop()
    return "".join(f"  {part}" for part in said)


def _label(x: float, y: float, kind: str, content: str, anchor: str = "middle") -> str:
    """A text; its content is escaped already."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{content}</text>'


def _time(event: AnyEvent, y: float) -> str:
    return f'<text class="time" x="{TIME - 12}" y="{y:g}" text-anchor="end">{event.at_s:.3f}</text>'


def _cut(text: str, room: float) -> str:
    most = max(4, int(room / CHARACTER))
    return _text(text if len(text) <= most else text[: most - 1] + "…")


def _text(text: str) -> str:
    return escape(storable(text))


def _attribute(text: str) -> str:
    return escape(storable(" ".join(text.split())))
