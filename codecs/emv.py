"""EMV data objects in words: names, and the bits of those that are made of bits (EMV Book 3 annexes A and C)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from saklar.codecs.describe import country, currency_name
from saklar.codecs.tables.read import table

_VISA_IAD = 7
"""Bytes of a Visa issuer application data without discretionary data: length, key index, version, four of results."""


def tag_name(tag: str) -> str | None:
    """What a tag (hex) is called; None where it is not known."""
    found = table("emv")["names"].get(tag.upper())
    return None if found is None else str(found)


def explain_tag(tag: str, value: str) -> list[str]:
    """What the value (hex) of a tag says, a line each; empty where nothing is known. Raises nothing."""
    try:
        data = bytes.fromhex(value)
    except ValueError:
        return []
    tag = tag.upper()
    bits = table("emv")["bits"].get(tag)
    if bits is not None:
        return _set_bits(data, bits)
    words = _WORDS.get(tag)
    said = words(data) if words is not None else None
    return [said] if isinstance(said, str) else said or []


def _set_bits(data: bytes, names: Mapping[str, str]) -> list[str]:
    """The names of the bits that are set; those without one by their place."""
    return [names.get(f"{byte}.{bit}", f"bit {bit} of byte {byte}") for byte, bit in _places(data)]


def _places(data: bytes) -> Iterator[tuple[int, int]]:
    """The bits that are set, by byte from 1 on and by bit from 8 down."""
    for number, byte in enumerate(data, 1):
        yield from ((number, bit) for bit in range(8, 0, -1) if byte >> (bit - 1) & 1)


def _coded(name: str) -> Callable[[bytes], str | None]:
    def words(data: bytes) -> str | None:
        found = table("emv")[name].get(data.hex().upper())
        return None if found is None else str(found)

    return words


def _cryptogram(data: bytes) -> str | None:
    found = table("emv")["cryptogram"].get(f"{data[0] & 0xC0:02X}"[0]) if len(data) == 1 else None
    return None if found is None else str(found)


def _verification(data: bytes) -> str | None:
    if len(data) != 3:
        return None
    tables = table("emv")
    method = tables["cvm"].get(f"{data[0] & 0x3F:02X}", "unknown method")
    condition = tables["cvm_condition"].get(f"{data[1]:02X}", "unknown condition")
    return f"{method}, {condition}: {tables['cvm_result'].get(f'{data[2]:02X}', 'unknown')}"


def _issuer_data(data: bytes) -> list[str]:
    """Issuer application data in Visa's form; that of others is not public, or has no mark to tell it by."""
    if len(data) < _VISA_IAD or data[0] != _VISA_IAD - 1 or data[3] != 3:
        return []
    results = table("emv")["visa_cvr"]
    places = (f"{byte}.{bit}" for byte, bit in _places(data[3:7]))
    return [
        f"key index {data[1]}, cryptogram version {data[2]}",
        *(results[place] for place in places if place in results and not place.startswith("1.")),
    ]


def _text(data: bytes) -> str | None:
    return data.decode("ascii") if data and data.isascii() and data.decode("ascii").isprintable() else None


def _three_digits(words: Callable[[str], str | None]) -> Callable[[bytes], str | None]:
    return lambda data: words(data.hex()[-3:])


def _date(data: bytes) -> str | None:
    digits = data.hex()
    known = len(digits) == 6 and digits.isdigit()
    return f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}" if known else None


def _counter(data: bytes) -> str | None:
    return str(int.from_bytes(data, "big")) if 0 < len(data) <= 8 else None


def _transaction(data: bytes) -> str | None:
    found = table("codes")["transaction"].get(data.hex())
    return None if found is None else str(found)


def _amount(data: bytes) -> str | None:
    digits = data.hex()
    return f"{int(digits)} minor units" if digits.isdigit() else None


_WORDS: dict[str, Callable[[bytes], str | list[str] | None]] = {
    **dict.fromkeys(("50", "5F2D", "8A", "9F12", "9F16", "9F1C", "9F1E", "9F4E"), _text),
    **dict.fromkeys(("9A", "5F24", "5F25"), _date),
    **dict.fromkeys(("9F36", "9F41", "9F13", "9F17"), _counter),
    **dict.fromkeys(("9F1A", "5F28"), _three_digits(country)),
    **dict.fromkeys(("5F2A", "9F42"), _three_digits(currency_name)),
    **dict.fromkeys(("9F02", "9F03"), _amount),
    "9F27": _cryptogram,
    "9F34": _verification,
    "9F35": _coded("terminal_type"),
    "9C": _transaction,
    "9F10": _issuer_data,
}
