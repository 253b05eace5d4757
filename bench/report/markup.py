"""Text of a page, made safe."""

from __future__ import annotations

import re
from html import escape

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def text(value: object) -> str:
    """For between tags and for attributes in quotes; what no page may have is shown as a replacement character."""
    return escape(_CONTROLS.sub("\ufffd", str(value)))


def figure(value: object) -> str:
    """A value of a document for people: numbers with six digits at least where they have them, and thousands apart."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100_000 else f"{value:,.6g}"
    return str(value)
