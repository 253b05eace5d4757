"""Dates and times are those of the calendar and of the clock, in the form that an element has them in."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import load_dialect, parse_dialect
from saklar.codecs.dates import DATES, is_date, moment

BASE = 'extends = "iso87-ascii"\nname = "mine"\ntitle = "mine"\n[elements]\n'


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        ("MMDDhhmmss", "1123101500", "2000-11-23 10:15:00"),
        ("hhmmss", "235959", "2000-01-01 23:59:59"),
        ("MMDD", "0229", "2000-02-29 00:00:00"),
        ("YYMM", "2812", "2028-12-01 00:00:00"),
        ("YYMMDD", "240229", "2024-02-29 00:00:00"),
        ("YYMMDDhhmmss", "261123101500", "2026-11-23 10:15:00"),
        ("CCYYMM", "202611", "2026-11-01 00:00:00"),
        ("CCYYMMDD", "20261123", "2026-11-23 00:00:00"),
        ("CCYYMMDDhhmmss", "20261123101500", "2026-11-23 10:15:00"),
    ],
)
def test_each_form_is_read(form, value, said):
    assert str(moment(value, form)) == said


def test_no_form_is_left_untried():
    assert set(DATES) == {"MMDDhhmmss", "hhmmss", "MMDD", "YYMM", "YYMMDD", "YYMMDDhhmmss"} | {
        "CCYYMM", "CCYYMMDD", "CCYYMMDDhhmmss",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("MMDDhhmmss", "1323101500"),
        ("MMDDhhmmss", "0023101500"),
        ("MMDDhhmmss", "1131101500"),
        ("MMDDhhmmss", "1123241500"),
        ("MMDDhhmmss", "1123106000"),
        ("MMDDhhmmss", "1123101560"),
        ("MMDDhhmmss", "112310150"),
        ("MMDDhhmmss", "11231015 1"),
        ("MMDD", "0230"),
        ("YYMMDD", "230229"),
        ("hhmmss", "１０１５００"),
    ],
    ids=["month 13", "month 0", "day 31 of 30", "hour 24", "minute 60", "second 60", "too short", "a space", "30 February",
         "29 February of 2023", "other digits"],
)  # fmt: skip
def test_what_is_none_is_none(form, value):
    assert (moment(value, form), is_date(value, form)) == (None, False)


LAYOUT = {"CCYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}


def texts_of(form):
    """Dates of a form, and others that are one character away from some."""
    layout = form
    for piece, directive in LAYOUT.items():
        layout = layout.replace(piece, directive)
    days = st.dates(date(1970, 1, 1), date(2067, 12, 31)) | st.just(date(2024, 2, 29))
    dates = st.builds(datetime.combine, days, st.times()).map(lambda moment: moment.strftime(layout))
    changed = st.tuples(dates, st.integers(0, len(form) - 1), st.sampled_from("0123456789 ١"))
    return dates | changed.map(lambda change: change[0][: change[1]] + change[2] + change[0][change[1] + 1 :])


@pytest.mark.parametrize("form", DATES)
@given(data=st.data())
def test_whatever_is_a_date_by_its_pattern_is_one_of_the_calendar(form, data):
    text = data.draw(texts_of(form))
    assert is_date(text, form) == (moment(text, form) is not None)


@pytest.mark.parametrize("name", ["iso87-ascii", "iso87-binary", "iso93-ascii", "iso93-ebcdic", "visa-base1-like"])
def test_a_date_of_a_month_13_is_a_violation(name):
    dialect = load_dialect(name)
    mti = "0200" if dialect.version == "1987" else "1200"
    (violation,) = dialect.check(dialect.decode(dialect.encode({"mti": mti, 7: "1323101500"})))
    assert (violation.element, violation.message) == (7, "no date or time of the form MMDDhhmmss")


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("7 = { length = 14 }", "13231015009999"),
        ("7 = { length = 10 }", "1323101500"),
        ("7 = { date = false }", "1323101500"),
        ('13 = { date = "YYMM" }', "2612"),
        ('13 = { length = 6, date = "YYMMDD" }', "261231"),
    ],
    ids=["another length", "the same length", "none any longer", "another form", "another form and length"],
)
def test_a_dialect_that_extends_another_says_anew_what_date_an_element_is(element, value):
    dialect = parse_dialect(BASE + element)
    number = int(element.partition(" ")[0])
    assert dialect.check(dialect.message({"mti": "0200", number: value})) == ()
