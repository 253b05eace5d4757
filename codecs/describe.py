"""What the values of elements mean, in words; the tables are data, under `tables`.

Every function takes any text and raises nothing: what is not known has no words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from saklar.codecs.dates import moment
from saklar.codecs.mti import is_mti
from saklar.codecs.tables.read import table

_POS_1993 = (
    *("input_capability", "authentication_capability", "capture_capability", "environment", "cardholder_presence"),
    *("card_presence", "input_mode", "authentication_method", "authentication_entity", "output_capability"),
    *("terminal_output", "pin_capture"),
)
"""The positions of DE 22 of 1993 (ISO 8583:1993 §4.4.14), in order."""

_CENT_DIGITS = 2


def describe_mti(mti: str) -> str:
    """A message type in words: "0421" is "ISO 8583:1987 reversal advice, from the acquirer, repeated"."""
    if not is_mti(mti):
        return "no message type"
    parts = table("codes")["mti"]
    version, class_, function, origin = (
        parts[part].get(digit, f"{part} {digit}")
        for part, digit in zip(("version", "class", "function", "origin"), mti, strict=True)
    )
    return f"{version} {class_} {function}, {origin}"


def meaning(element: int, value: str, version: str, *, currency: str | None = None) -> str | None:
    """What a value means; None where nothing is known.

    Args:
        element: its number.
        value: as a message has it.
        version: "1987", "1993" or "2003": the edition whose element it is.
        currency: of the message's amounts, as DE 49 has it.
    """
    by_version = {"1987": _OF_1987, "1993": _OF_1993, "2003": _OF_2003}.get(version, {})
    words = by_version.get(element) or _COMMON.get(element)
    if element in _AMOUNTS and version != "2003":
        return _amount(value, currency)
    return words(value) if words is not None else None


def amount_in_words(digits: str, currency: str | None) -> str | None:
    """Minor units as an amount of a currency: "000000001050" of "840" is "10.50 USD"."""
    known = _currency(currency or "")
    if known is None or not (digits.isascii() and digits.isdigit()):
        return None
    places = known.get("digits", _CENT_DIGITS)
    whole = f"{int(digits):0{places + 1}d}"
    return f"{whole[:-places]}.{whole[-places:]} {known['code']}" if places else f"{whole} {known['code']}"


def country(code: str) -> str | None:
    """A country by its three digits."""
    found = table("countries").get(code)
    return None if found is None else str(found)


def currency_name(code: str) -> str | None:
    """A currency by its three digits or letters."""
    known = _currency(code)
    return f"{known['name']} ({known['code']})" if known else None


def _currency(code: str) -> dict[str, Any] | None:
    currencies = table("currencies")
    known = currencies.get(code) or next((c for c in currencies.values() if c["code"] == code), None)
    return dict(known) if known else None


def _amount(value: str, currency: str | None) -> str | None:
    sign, digits = (value[:1], value[1:]) if value[:1] in ("C", "D") else ("", value)
    words = amount_in_words(digits, currency)
    return words and {"C": f"{words} credit", "D": f"{words} debit", "": words}[sign]


def _code(name: str) -> Callable[[str], str | None]:
    """Looks a value up in one of the tables of codes."""

    def words(value: str) -> str | None:
        found = table("codes")[name].get(value)
        return None if found is None else str(found)

    return words


def _processing(value: str) -> str | None:
    if len(value) != 6:
        return None
    codes = table("codes")
    kind = codes["transaction"].get(value[:2])
    accounts = [codes["account"].get(value[at : at + 2]) for at in (2, 4)]
    if kind is None:
        return None
    extra = [
        f"{way} {name}" for way, name in zip(("from", "to"), accounts, strict=True) if name and name[:7] != "default"
    ]
    return ", ".join((str(kind), *extra))


def _entry_mode(value: str) -> str | None:
    codes = table("codes")
    words = (codes["entry_mode"].get(value[:2]), codes["pin_capability"].get(value[2:3]))
    return _listed(words)


def _pos_data(value: str) -> str | None:
    if len(value) != len(_POS_1993):
        return None
    codes = table("codes")["pos_1993"]
    return _listed(codes[part].get(character) for part, character in zip(_POS_1993, value, strict=True))


def _merchant(value: str) -> str | None:
    categories = table("mcc")
    found = categories["codes"].get(value)
    for span, name in categories["ranges"].items():
        low, high = span.split("-")
        if len(value) == len(low) and low <= value <= high:
            found = name
    return None if found is None else str(found)


def _moment(form: str, words: str) -> Callable[[str], str | None]:
    """Says a date or time of a form of `dates.DATES`."""

    def said(value: str) -> str | None:
        found = moment(value, form)
        return None if found is None else found.strftime(words)

    return said


def _additional_amounts(value: str) -> str | None:
    codes = table("codes")
    said = []
    for start in range(0, len(value) - 19, 20):
        piece = value[start : start + 20]
        kind = codes["amount_type"].get(piece[2:4])
        words = _amount(piece[7:], piece[4:7])
        if kind and words:
            said.append(f"{kind} {words}")
    return "; ".join(said) or None


def _original(value: str) -> str | None:
    if len(value) != 42:
        return None
    return f"{describe_mti(value[:4])}, STAN {value[4:10]}, sent {_SENT(value[10:20]) or value[10:20]}"


def _listed(words: Iterable[str | None]) -> str | None:
    return ", ".join(word for word in words if word) or None


_SENT = _moment("MMDDhhmmss", "%d %b %H:%M:%S")
_DAY, _YEAR_MONTH = _moment("MMDD", "%d %b"), _moment("YYMM", "%b %Y")

_AMOUNTS = frozenset({4, 5, 6, 8})

_COMMON: dict[int, Callable[[str], str | None]] = {
    3: _processing,
    7: _SENT,
    14: _YEAR_MONTH,
    54: _additional_amounts,
    **dict.fromkeys((19, 20, 21), country),
    **dict.fromkeys((49, 50, 51), currency_name),
}
_OF_1987: dict[int, Callable[[str], str | None]] = {
    12: _moment("hhmmss", "%H:%M:%S"),
    **dict.fromkeys((13, 15, 16, 17), _DAY),
    18: _merchant,
    22: _entry_mode,
    25: _code("condition"),
    39: _code("response"),
    70: _code("network"),
    90: _original,
}
_OF_1993: dict[int, Callable[[str], str | None]] = {
    12: _moment("YYMMDDhhmmss", "%d %b %Y %H:%M:%S"),
    **dict.fromkeys((15, 28, 73), _moment("YYMMDD", "%d %b %Y")),
    **dict.fromkeys((16, 17), _DAY),
    18: _merchant,
    22: _pos_data,
    24: _code("function"),
    26: _merchant,
    39: _code("action"),
}
_OF_2003: dict[int, Callable[[str], str | None]] = {
    12: _moment("CCYYMMDDhhmmss", "%d %b %Y %H:%M:%S"),
    **dict.fromkeys((15, 28, 73), _moment("CCYYMMDD", "%d %b %Y")),
    24: _code("function"),
    26: _merchant,
}
