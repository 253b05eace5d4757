"""What decodes may still not be what its format says."""

import pytest

from saklar.codecs import load_dialect, mask_pan


def problems(fields):
    message = load_dialect("iso87-ascii").message({"mti": "0200", **fields})
    return [violation.element for violation in message.dialect.check(message)]


def test_a_good_message_has_no_violation(purchase):
    assert problems({key: value for key, value in purchase.items() if key != "mti"}) == []


@pytest.mark.parametrize(
    ("element", "value"),
    [(11, "00004x"), (11, "42"), (4, "-00000001050"), (2, "4000 0000"), (52, "11223344556677XX"), (28, "X00000000"),
     (35, "4000A=2812"), (37, "63271000004\n"), (3, "００００００")],
)  # fmt: skip
def test_content_that_its_format_does_not_allow_is_a_violation(element, value):
    assert problems({element: value}) == [element]


def test_a_violation_does_not_repeat_the_content():
    dialect = load_dialect("iso87-ascii")
    message = dialect.message({"mti": "0200", 2: "4000000000000002X"})
    (violation,) = dialect.check(message)
    assert "4000" not in violation.message


def test_only_the_elements_asked_for_are_looked_at():
    dialect = load_dialect("iso87-ascii")
    message = dialect.message({"mti": "0200", 4: "x", 11: "y"})
    assert [violation.element for violation in dialect.check(message, (11,))] == [11]


@pytest.mark.parametrize(
    ("pan", "shown"),
    [
        ("4000000000000002", "400000******0002"),
        ("400000000002", "400000**0002"),
        ("40000000002", "***********"),
        ("", ""),
    ],
)
def test_a_pan_shows_six_and_four_digits_or_none(pan, shown):
    assert mask_pan(pan) == shown
