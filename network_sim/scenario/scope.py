"""What names mean while a case is played: variables, what was saved, messages by their labels; and what is secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from saklar.codecs import CodecError, Message, mask_pan
from saklar.codecs.masking import mask
from saklar.network_sim.scenario.elements import MTI_PATH, NoSuchElement, slot_of
from saklar.network_sim.scenario.language.source import Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Duration, Ref, Text
from saklar.network_sim.scenario.language.values import parse_duration
from saklar.network_sim.scenario.language.words import UNITS_S

HIDDEN = "***"

SECRET_ELEMENTS = {"2": "pan", "34": "pan", "35": "track", "36": "track", "45": "track", "52": "all", "48.92": "all"}
"""What these elements have is secret in every edition, also where a dialect does not say so; as its `secret` would."""

_DATA = re.compile(r"[0-9A-Fa-f=^]{8,}")
"""What no word is that says what is expected."""

ADDITIONAL_DATA = "48"
_CARD_CODE = re.compile(r"(92(?:003|03))\d{3}|(92(?:004|04))\d{4}")
"""In additional data that the dialect does not divide: tag 92, a length, and the value that is printed on the card."""
_SAID_ADDITIONAL_DATA = re.compile(r'\b48=(?:"[^"]*"|\S+)')
_PAN = re.compile(r"(?<![0-9A-Za-z])\d{13,19}(?![0-9A-Za-z])")
_PIN = re.compile(r"(\bpin\s+)\d{4,12}\b")
_TRACK = re.compile(r"(?<!\d)(\d{12,19})[=D]\d{4,}")
_BYTES = re.compile(r'(\b(?:raw|bytes)\s+"?(?:[0-9A-Fa-f] ?){8})[0-9A-Fa-f ]*[0-9A-Fa-f]')
"""Bytes of a step: the first four are shown, a message type perhaps; in the rest anything may be, in any encoding."""
_SECRET_ELEMENT = re.compile(r'(\b(?:45|52|track1|pin-block)=)(?:"[^"]*"|(?=[^\s"$|/]*\d)[^\s"$|/]+)')
"""Track 1 and the PIN block, as a step says them."""
_DIGITS_IN_HEX = re.compile(r"((?:3\d){4})(?:3\d){9,}|((?:[Ff]\d){4})(?:[Ff]\d){9,}")
"""Thirteen digits or more in ASCII or EBCDIC."""


@dataclass
class Scope:
    """Names of a case. `variables` are this scope's; `made`, `saved` and `labels` are shared by all scopes of the case.

    Attributes:
        variables: texts by name.
        secrets: texts that must not be seen.
        made: texts that were made for the case and must not be seen, and what is shown of each.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    made: dict[str, str] = field(default_factory=dict, repr=False)
    saved: dict[str, str] = field(default_factory=dict, repr=False)
    labels: dict[str, Message] = field(default_factory=dict, repr=False)

    def within(self, variables: Mapping[str, str]) -> Scope:
        """The same with more variables, which are nearer."""
        return replace(self, variables={**self.variables, **variables})

    def text(self, text: Text) -> str:
        """The text, its variables replaced.

        Raises:
            Wrong: a name that means nothing here, or an element that its message has not.
        """
        return "".join(part if isinstance(part, str) else self.value(part) for part in text.parts)

    def value(self, ref: Ref) -> str:
        """What a name means; see `text`."""
        if ref.path:
            return self._element(ref)
        if ref.name in self.saved:
            return self.saved[ref.name]
        if ref.name in self.variables:
            return self.variables[ref.name]
        if ref.name in self.labels:
            raise Wrong(ref.span, f"{ref.name} is a message", f"name an element of it, as ${ref.name}.11")
        raise Wrong(ref.span, f"nothing is called {ref.name}", did_you_mean(ref.name, (*self.variables, *self.saved)))

    def _element(self, ref: Ref) -> str:
        message = self.labels.get(ref.name)
        if message is None:
            raise Wrong(ref.span, f"no message is called {ref.name}", did_you_mean(ref.name, self.labels))
        if ref.path == MTI_PATH:
            return message.mti
        try:
            value = message.get(slot_of(message.dialect, ref.path).path)
        except NoSuchElement as error:
            raise Wrong(ref.span, str(error), error.hint) from None
        except CodecError as error:
            raise Wrong(ref.span, str(error)) from None
        if value is None:
            raise Wrong(ref.span, f"{ref.name} ({message.mti}) has no {ref.path}")
        return str(value)

    def seconds(self, duration: Duration) -> float:
        """A time in seconds.

        Raises:
            Wrong: a variable holds no time.
        """
        number = self.text(duration.number)
        if not duration.unit:
            text, _, unit = number.partition(" ")
            duration, _ = parse_duration(text, unit or None, duration.span)
            number = duration.number.plain or ""
        try:
            return float(number) * UNITS_S[duration.unit]
        except ValueError:
            raise Wrong(duration.span, f"{number!r} is no time", "31 s is one") from None

    def hide(self, secret: str, kind: str = "all") -> None:
        """What was made must not be seen, wherever it comes; `kind` is as an element's `secret`."""
        self.made |= dict.fromkeys(_forms(secret), mask(kind, secret) if kind == "pan" else HIDDEN)

    def masked(self, text: str) -> str:
        """A text as people may see it: without secrets, PINs, and the middle of what may be a PAN."""
        return masked(self.without_secrets(text))

    def without_secrets(self, text: str) -> str:
        """A text without secrets, and without what was made and must not be seen, also in hex of ASCII and EBCDIC."""
        shown = self.made | {form: HIDDEN for secret in self.secrets for form in _forms(secret)}
        for form in sorted(shown, key=len, reverse=True):
            text = text.replace(form, shown[form])
        return text

    def element(self, path: str, value: str) -> str:
        """The content of an element as people may see it, whatever its dialect says of it."""
        kind = SECRET_ELEMENTS.get(path)
        return mask(kind, value) if kind is not None and value else self.expected(path, value)

    def expected(self, path: str, text: str) -> str:
        """What is expected of an element, in words, as people may see it."""
        text, kind = self.without_secrets(text), SECRET_ELEMENTS.get(path)
        if kind is not None:
            return _DATA.sub(lambda match: mask(kind, match[0]), text)
        return without_card_code(text) if path.partition(".")[0] == ADDITIONAL_DATA else text


def _forms(secret: str) -> set[str]:
    """How a text may come: as it is, and in an element of bytes."""
    return {secret, secret.encode().hex().upper(), secret.encode("cp500", "replace").hex().upper()} - {""}


def without_card_code(data: str) -> str:
    """Additional data (DE 48) without the value that is printed on the card, which tag 92 is by custom."""
    return _CARD_CODE.sub(lambda match: (match[1] or match[2]) + HIDDEN, data)


def masked(text: str) -> str:
    """A text without PINs, tracks, and the middle of what may be a PAN: 13 to 19 digits that stand alone, or in hex."""
    text = _BYTES.sub(r"\1…", text)
    text = _DIGITS_IN_HEX.sub(lambda match: f"{match[1] or match[2]}…", text)
    text = _SECRET_ELEMENT.sub(r"\1****", text)
    text = _SAID_ADDITIONAL_DATA.sub(lambda match: without_card_code(match[0]), text)
    text = _TRACK.sub(lambda match: mask_pan(match[1]) + "=*", text)
    text = _PIN.sub(r"\1****", text)
    return _PAN.sub(lambda match: mask_pan(match[0]), text)
