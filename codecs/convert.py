"""A message in another dialect: the same elements written otherwise, or another edition's elements for the same facts.

Between editions some facts have no place and are dropped: fees with a sign (1987 DE 28 to 31), security control
information (DE 53), the network identifier and the condition code (1987 DE 24 and 25), settlement data (DE 66 to 97).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from saklar.codecs.codes import native_network_code, native_response_code, network_code, response_code
from saklar.codecs.dialect import Dialect
from saklar.codecs.message import Message
from saklar.codecs.mti import is_mti, message_class

_SAME = frozenset(
    {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 16, 17, 18, 19, 20, 21, 23, 27, 32, 33, 34, 35, 36, 37, 38, 41, 42, 45}
    | {47, 48, 49, 50, 51, 52, 54, 55, 59, 60, 61, 62, 63, 64, 99, 100, 102, 103, 104, 128}
)
"""Elements that both editions have with the same meaning and format."""

_FUNCTION_CODES = {"1": "100", "2": "200", "4": "400"}
"""1993 DE 24 of an original authorisation, an original financial request and a full reversal."""

PARTIAL_REVERSAL = "401"
"""1993 DE 24. What stands is then in DE 4 and the original amount in DE 30; 1987 has what stands in DE 95."""

_ENTRY_TO_INPUT = {"01": "6", "02": "2", "03": "3", "04": "4", "05": "5", "07": "5", "90": "2", "91": "2", "95": "5"}
_INPUT_TO_ENTRY = {"0": "00", "1": "01", "2": "02", "3": "03", "4": "04", "5": "05", "6": "01"}
"""1987 DE 22 positions 1-2 (PAN entry mode), 1993 DE 22 position 7 (card data input mode)."""

_PIN_TO_CAPTURE = {"0": "1", "1": "C", "2": "0"}
"""1987 DE 22 position 3 (PIN entry capability), 1993 DE 22 position 12 (PIN capture capability; C is 12 digits)."""


def convert(message: Message, dialect: Dialect, *, today: date | None = None) -> Message:
    """The message in `dialect`, as a message of its own.

    Elements that the dialect lacks are dropped. Between editions the MTI's version digit, DE 12 and 13, 22,
    24, 26, 39, 43, 56, 70 and 90 are restated as far as they can be. `today` (UTC by default) decides the year of a
    date that has none: the nearest one.

    Nothing is checked: `bytes()` of the result may still raise `EncodeError`.
    """
    if message.dialect is dialect and not dialect.has_header:
        return message.copy()
    if message.dialect.version == dialect.version:
        translated = dialect.translated(message)
        if translated is not None:
            return translated
        elements: dict[int, str] = {number: message[number] for number in message if number in dialect.elements}
        return dialect.made(message.mti, elements)
    common = {number: message[number] for number in message if number in _SAME and number in dialect.elements}
    restate = _to_1993 if dialect.version == "1993" else _to_1987
    day = today or datetime.now(UTC).date()
    return dialect.made(_mti(message.mti, dialect.version), common | restate(message, dialect, day))


def _mti(mti: str, version: str) -> str:
    """Network management between any two parties has the origin digits 4 and 5 ("other") in 1993."""
    if not is_mti(mti):
        return mti
    other = message_class(mti) == "8"
    origin = int(mti[3])
    if version == "1993":
        return f"1{mti[1:3]}{origin % 2 + 4 if other else origin}"
    return f"0{mti[1:3]}{origin % 2 if origin >= 4 else origin}"


def _to_1993(message: Message, dialect: Dialect, today: date) -> dict[int, str]:
    mti = _mti(message.mti, "1993")
    restated: dict[int, str | None] = {
        12: _full_local_time(message.get(13), message.get(12), today),
        22: _apply(_pos_data, message.get(22), 52 in message),
        24: _function_code(message),
        26: message.get(18),
        39: _apply(lambda code: native_response_code(dialect, code, mti), message.get(39)),
        43: _apply(str.rstrip, message.get(43)),
        44: message.get(44),
        56: _apply(_original_to_1993, message.get(90), today),
    }
    return _present(restated | _partial_to_1993(message))


def _to_1987(message: Message, dialect: Dialect, today: date) -> dict[int, str]:  # noqa: ARG001 (one signature)
    local = message.get(12) or ""
    restated: dict[int, str | None] = {
        12: local[6:] or None,
        13: local[2:6] or None,
        18: message.get(18) or message.get(26),
        22: _apply(_entry_mode, message.get(22)),
        39: response_code(message),
        43: _apply(lambda name: f"{name:40.40}", message.get(43)),
        44: _apply(lambda data: data[:25], message.get(44)),
        70: network_code(message) if message_class(message.mti) == "8" else None,
        90: _apply(_original_to_1987, message.get(56)),
    }
    return _present(restated | _partial_to_1987(message))


def _present(elements: Mapping[int, str | None]) -> dict[int, str]:
    return {number: value for number, value in elements.items() if value}


def _apply(function: Callable[..., str], value: str | None, *more: object) -> str | None:
    return function(value, *more) if value is not None else None


def _function_code(message: Message) -> str | None:
    class_ = message_class(message.mti)
    if class_ == "8":
        return native_network_code(message.get(70) or "")
    return _FUNCTION_CODES.get(class_)


def _partial_to_1993(message: Message) -> dict[int, str | None]:
    stands = (message.get(95) or "")[:12]
    if message_class(message.mti) != "4" or not stands.strip("0"):
        return {}
    return {4: stands, 24: PARTIAL_REVERSAL, 30: _apply(lambda amount: amount + "0" * 12, message.get(4))}


def _partial_to_1987(message: Message) -> dict[int, str | None]:
    if message.get(24) != PARTIAL_REVERSAL:
        return {}
    return {
        4: _apply(lambda amounts: amounts[:12], message.get(30)),
        95: _apply(lambda amount: f"{amount:0<42}", message.get(4)),
    }


def _full_local_time(day: str | None, time: str | None, today: date) -> str | None:
    """1993 DE 12, YYMMDDhhmmss, of 1987 DE 13 (MMDD) and DE 12 (hhmmss)."""
    return f"{_with_year(day, today)}{time}" if day and time else None


@lru_cache(maxsize=1_024)
def _with_year(month_day: str, today: date) -> str:
    """YYMMDD: the year in which the day is nearest to today; text that is no day gets this year's.

    Remembered, as most messages are of one day: to find it takes longer than the rest of a conversion.
    """
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            candidates.append(datetime.strptime(f"{year}{month_day}", "%Y%m%d").replace(tzinfo=UTC).date())
        except ValueError:
            continue
    nearest = min(candidates, key=lambda day: abs(day - today), default=today)
    return f"{nearest.year % 100:02d}{month_day}"


def _pos_data(entry: str, has_pin: bool) -> str:  # noqa: FBT001 (private)
    """1993 DE 22 of 1987's; what that does not say is 0, not specified."""
    mode = _ENTRY_TO_INPUT.get(entry[:2], "0")
    method = "1" if has_pin else "0"
    return f"{mode}0000{'0' if mode == '6' else '1'}{mode}{method}000{_PIN_TO_CAPTURE.get(entry[2:], '1')}"


def _entry_mode(pos_data: str) -> str:
    capture = pos_data[11:12]
    capability = {"": "0", "0": "2", "1": "0"}.get(capture, "1")
    return _INPUT_TO_ENTRY.get(pos_data[6:7], "00") + capability


def _original_to_1993(original: str, today: date) -> str:
    """DE 56 of DE 90: its time, DE 7 of the original (MMDDhhmmss), stands in for DE 12."""
    mti, stan, when, acquirer = original[:4], original[4:10], original[10:20], original[20:31].lstrip("0")
    full = _with_year(when[:4], today) + when[4:] if when.strip("0") else "0" * 12
    return f"{_mti(mti, '1993')}{stan}{full}{len(acquirer):02d}{acquirer}"


def _original_to_1987(original: str) -> str:
    """DE 90 of DE 56: its time, DE 12 of the original (YYMMDDhhmmss) without the year, stands in for DE 7."""
    mti, stan, when, acquirer = original[:4], original[4:10], original[12:22], original[24:]
    return f"{_mti(mti, '1987')}{stan}{when:0>10}{acquirer:0>11}{'':0>11}"
