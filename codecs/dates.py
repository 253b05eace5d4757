"""Dates and times as elements write them."""

from __future__ import annotations

import re
from datetime import datetime

_YY, _CCYY, _MM = "[0-9]{2}", "(?!0000)[0-9]{4}", "(?:0[1-9]|1[0-2])"
_MMDD = "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|[12][0-9]))"
_TIME = "(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"

_FORMS = {
    "MMDDhhmmss": (_MMDD + _TIME, "%m%d%H%M%S"),
    "hhmmss": (_TIME, "%H%M%S"),
    "MMDD": (_MMDD, "%m%d"),
    "YYMM": (_YY + _MM, "%y%m"),
    "YYMMDD": (_YY + _MMDD, "%y%m%d"),
    "YYMMDDhhmmss": (_YY + _MMDD + _TIME, "%y%m%d%H%M%S"),
    "CCYYMM": (_CCYY + _MM, "%Y%m"),
    "CCYYMMDD": (_CCYY + _MMDD, "%Y%m%d"),
    "CCYYMMDDhhmmss": (_CCYY + _MMDD + _TIME, "%Y%m%d%H%M%S"),
}
"""Forms of dates and times (ISO 8583-1:1987 §4.3, ISO 8583:1993 §4.3), and as `datetime.strptime` has them."""

_PATTERNS = {form: re.compile(pattern) for form, (pattern, _) in _FORMS.items()}

DATES = tuple(_FORMS)


def is_date(value: str, form: str) -> bool:
    """Whether a value is a date or time of one of the forms of `DATES`; 29 February is, where no year is said.

    By a pattern, as `datetime` takes twenty times as long.
    """
    if _PATTERNS[form].fullmatch(value) is None:
        return False
    return "0229" not in value or moment(value, form) is not None


def moment(value: str, form: str) -> datetime | None:
    """The date or time that a value says in one of the forms of `DATES`, or None if it is none.

    A leap year stands in for one without a year.
    """
    if len(value) != len(form) or not (value.isascii() and value.isdigit()):
        return None
    layout = _FORMS[form][1]
    try:
        if "YY" in form:
            return datetime.strptime(value, layout)  # noqa: DTZ007 (it has no zone)
        return datetime.strptime(f"2000{value}", f"%Y{layout}")  # noqa: DTZ007
    except ValueError:
        return None
