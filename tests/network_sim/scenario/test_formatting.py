"""`saklar fmt`: the same meaning, written well, and written no other way the second time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.network_sim.scenario.language import ScenarioError, Source, parse
from saklar.network_sim.scenario.language.formatting import formatted


def fmt(text):
    return formatted(Source.of(text))


def test_steps_are_put_into_columns():
    assert fmt('scenario "x"\na sends 0200\nacq2   expects 0210   39=00\n') == (
        'scenario "x"\na    sends   0200\nacq2 expects 0210 39=00\n'
    )


def test_tables_are_put_into_columns():
    assert fmt('scenario "x"\nfor each\n  | a | long |\n  | 100 | 1 |\n') == (
        'scenario "x"\nfor each\n  | a   | long |\n  | 100 | 1    |\n'
    )


def test_comments_stay():
    text = '# first\nscenario "x"  # the name\n# above\nwait 1 s\n'
    assert fmt(text) == text


def test_levels_have_two_spaces():
    assert fmt('scenario "x"\nrepeat 2\n     wait 1 s\n     repeat 3\n        wait 2 s\n') == (
        'scenario "x"\nrepeat 2\n  wait 1 s\n  repeat 3\n    wait 2 s\n'
    )


def test_assignments_of_elements_lose_their_spaces_and_others_gain_them():
    assert fmt('var  x=1\nscenario "x"\na sends 0200  4 = 10.00 ,card gold\nsave y=38\n') == (
        'var x = 1\nscenario "x"\na sends 0200 4=10.00, card gold\nsave y = 38\n'
    )


def test_what_is_no_scenario_is_refused():
    with pytest.raises(ScenarioError):
        fmt("nonsense\n")


SPACE = st.sampled_from([" ", "  ", "    "])
COMMENT = st.sampled_from(["", "  # a remark", " #x"])
ITEM = st.sampled_from(
    [
        "39=00",
        "4 = 10.00",
        '41="a, b # c"',
        "purchase",
        "card gold",
        "amount 10.00 IDR",
        "37=/[0-9 ,]+/",
        "39=00|05|absent",
        "4=1.00..9.00",
        "7=now+1d",
        "11=$first.11",
    ]
)
STEP = st.one_of(
    st.tuples(st.just("acq1 sends 0200"), st.lists(ITEM, max_size=3), st.sampled_from(["", "as first", "after 2 s"])),
    st.tuples(
        st.just("bank-1 expects 0210"),
        st.lists(ITEM, max_size=3),
        st.sampled_from(["", "within 31 s", "and nothing else"]),
    ),
    st.tuples(st.just("a now on 0200"), st.just([]), st.just("silence")),
    st.tuples(
        st.just("journal of acq1's 0200:"), st.just(["state=reversed", "late_code=present"]), st.just("within 1s")
    ),
    st.tuples(st.just("save auth = 38"), st.just([]), st.just("")),
    st.tuples(st.just("hsm freezes"), st.just([]), st.just("for 5 s")),
    st.tuples(st.just("check $a is not /x y/"), st.just([]), st.just("")),
)


@st.composite
def blocks(draw, depth=0):
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        before, items, after = draw(STEP)
        separator = draw(st.sampled_from([" ", ", ", "  "]))
        text = draw(SPACE).join(part for part in (before, separator.join(items), after) if part)
        lines.append("      " * depth + text + draw(COMMENT))
        if draw(st.booleans()):
            lines.append(draw(st.sampled_from(["", "   ", "# alone", "      " * depth + "# beside"])))
        if depth < 2 and draw(st.booleans()):
            head = draw(
                st.sampled_from(
                    ["meanwhile", "together", "repeat 3 times as i", "for each code in 05, 51", "only when $x is set"]
                )
            )
            lines += ["      " * depth + head, *draw(blocks(depth + 1))]
    return lines


@given(blocks())
def test_the_tree_stays_the_same_and_the_second_time_changes_nothing(lines):
    text = "\n".join(['scenario "x" tags a', *lines])
    once = fmt(text)
    assert parse(Source.of(once)) == parse(Source.of(text))
    assert fmt(once) == once
