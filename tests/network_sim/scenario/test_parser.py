"""The language: what a text says, and what is said of a text that is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.network_sim.scenario.language import ScenarioError, Source, parse
from saklar.network_sim.scenario.language.tree import (
    Act,
    Allow,
    Ask,
    Call,
    Check,
    Condition,
    Duration,
    Expect,
    ExpectLink,
    ExpectNothing,
    Field,
    ForEach,
    Meanwhile,
    Message,
    OneOf,
    OnlyWhen,
    Pattern,
    Range,
    Ref,
    Repeat,
    Row,
    Save,
    Send,
    SendRaw,
    Setting,
    Table,
    Text,
    Use,
    Wait,
)


def step(text):
    """The first step of a scenario that has these lines."""
    (scenario,) = parse(Source.of(f'scenario "x"\n{text}\n')).scenarios
    return scenario.steps[0]


def declaration(text):
    (found,) = parse(Source.of(text)).declarations
    return found


def literal(text):
    return Text((text,))


def items(text):
    return step(f"acq1 sends 0200 {text}").message.items


def value(text):
    (item,) = items(f"39={text}")
    return item.value


def problems(text):
    with pytest.raises(ScenarioError) as caught:
        parse(Source.of(text, "x.scenario"))
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00", literal("00")),
        ('"echo"', Text(("echo",), quoted=True)),
        ('"a, b # c"', Text(("a, b # c",), quoted=True)),
        (r'"\x00\"\$\\"', Text(('\x00"$\\',), quoted=True)),
        ("$code", Text((Ref("code"),))),
        ("$first.11", Text((Ref("first", "11"),))),
        ("$first.55.9F26", Text((Ref("first", "55.9F26"),))),
        ("A${n}B", Text(("A", Ref("n"), "B"))),
        ("$$", literal("$")),
        ("echo", Call("echo")),
        ("echo(first)", Call("echo", (literal("first"),))),
        ("now+3d", Call("now", (), "+3d")),
        ("present", Call("present")),
        ("/[0-9]{2}/", Pattern("[0-9]{2}")),
        ("/a b, c/", Pattern("a b, c")),
        ("00|08|absent", OneOf((literal("00"), literal("08"), Call("absent")))),
        ("/a|b/|c", OneOf((Pattern("a|b"), literal("c")))),
        ("5.00..20.00", Range(literal("5.00"), literal("20.00"))),
        ("4000000000000002=4912", literal("4000000000000002=4912")),
        ("10.0.0.1:80", literal("10.0.0.1:80")),
    ],
)
def test_value(text, expected):
    assert value(text) == expected


def test_message_goes_on_in_indented_lines():
    assert step("acq1 sends 0200 purchase,\n  card gold  # whose?\n  4=10.00") == Send(
        "acq1",
        Message(
            literal("0200"), (Use("purchase"), Setting("card", (literal("gold"),)), Field("4", "=", literal("10.00")))
        ),
    )


def test_amount_may_have_a_currency():
    assert items("amount 10.00 IDR purchase") == (
        Setting("amount", (literal("10.00"), literal("IDR"))),
        Use("purchase"),
    )


def test_amount_may_have_none():
    assert items("amount 10.00 purchase") == (Setting("amount", (literal("10.00"),)), Use("purchase"))


def duration(number, unit):
    return Duration(literal(number), unit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a expects 0210 and nothing else", Expect("a", Message(literal("0210")), exact=True)),
        ("a expects 0420|0421 to r within 1 s as v", Expect("a", Message(literal("0420|0421")), "r", "v", duration("1", "s"))),
        ("a expects nothing for 10s", ExpectNothing("a", None, duration("10", "s"))),
        ("a expects no 0210", ExpectNothing("a", literal("0210"))),
        ("a expects disconnect within 2 min", ExpectLink("a", "disconnect", duration("2", "min"))),
        ("a answers 39=00 after 200 ms", Send("a", Message(None, (Field("39", "=", literal("00")),)), answers=True, after=duration("200", "ms"))),
        ("a sends raw 3038", SendRaw("a", literal("3038"))),
        ("a sends bytes 00", SendRaw("a", literal("00"), framed=False)),
        ("a allows anything", Allow("a")),
        ("a allows 0420, 0800", Allow("a", (literal("0420"), literal("0800")))),
        ("save auth = 38", Save("auth", "38")),
        ("save auth=38 of first", Save("auth", "38", "first")),
        ("check $a is not /x/", Check(Condition(Text((Ref("a"),)), "is not", Pattern("x")))),
        ("wait $limit", Wait(Duration(Text((Ref("limit"),)), ""))),
        ("a signs on", Act("a", "signs on")),
        ("hsm freezes for 5 s", Act("hsm", "freezes", duration("5", "s"))),
        ("journal of a's 0200: state=reversed within 1 s", Ask("journal", (Field("state", "=", literal("reversed")),), "a", "0200", duration("1", "s"))),
        ("counters: requests=3", Ask("counters", (Field("requests", "=", literal("3")),))),
        ("meanwhile\n  wait 1 s", Meanwhile((Wait(duration("1", "s")),))),
        ("repeat 3 times every 1 s as i\n  wait 1 s", Repeat(literal("3"), (Wait(duration("1", "s")),), duration("1", "s"), "i")),
        ('for each in "x.csv"', ForEach(Table(file="x.csv"))),
        ("for each code in 05, 51\n  wait 1 s", ForEach(Table(("code",), (Row((literal("05"),)), Row((literal("51"),)))), (Wait(duration("1", "s")),))),
        ("for each\n  | a | b |\n  | 1 | 2 |", ForEach(Table(("a", "b"), (Row((literal("1"), literal("2"))),)))),
        ("only when $x is set", OnlyWhen(Condition(Text((Ref("x"),)), "is", Call("set")))),
    ],
)  # fmt: skip
def test_step(text, expected):
    assert step(text) == expected


def test_a_party_says_more_in_the_lines_below_it():
    party = declaration(
        "issuer bank bins 400000 410000-419999 dialect iso87-ascii\n  keeps accounts\n  link saf_window=2\n  on 0200 every 3rd 4=10.51 silence\n"
    )
    assert [option.name for option in party.options] == ["bins", "dialect", "accounts"]
    assert party.options[0].values == (literal("400000"), literal("410000-419999"))
    assert party.link == (Field("saf_window", "=", literal("2")),)
    (rule,) = party.rules
    assert (rule.ordinal, rule.every, rule.action.kind) == (3, True, "silence")


def test_a_step_may_be_indented_below_its_scenario():
    (scenario,) = parse(Source.of('scenario "x"\n  wait 1 s\n')).scenarios
    assert scenario.steps == (Wait(duration("1", "s")),)


def test_what_stands_above_the_first_scenario_is_the_files():
    file = parse(Source.of('card gold 4000000000000002\nscenario "x" tags a b\ncard blue 5100000000000008\n'))
    assert [card.name for card in file.declarations] == ["gold"]
    assert [card.name for card in file.scenarios[0].declarations] == ["blue"]
    assert file.scenarios[0].tags == ("a", "b")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("aquirer a -> 1", (1, 1), "did you mean acquirer?"),
        ("acquirer a dialekt x", (1, 12), "did you mean dialect?"),
        ("wait 1 s", (1, 1), "before the first scenario"),
        ('scenario "x"\na send 0200', (2, 3), "did you mean sends?"),
        ('scenario "x"\na sends 200', (2, 9), "four digits"),
        ('scenario "x"\na expects 0210 39= within 3 s', (2, 18), "a value is missing"),
        ('scenario "x"\na expects 0210 withn 3 s', (2, 16), "did you mean within?"),
        ('scenario "x"\nwait 3 sec', (2, 6), "units are"),
        ('scenario "x"\na sends 0200 4="x', (2, 16), "quote that is not closed"),
        ('scenario "x"\na sends 0200 4=ech(x)', (2, 16), "did you mean echo?"),
        ('scenario "x"\nswitch dyes', (2, 8), "did you mean dies?"),
        ('scenario "x"\na goes half-opn', (2, 3), "a goes half-opn … is no step did you mean goes half-open?"),
        ('scenario "x"\na gos half-open', (2, 3), "did you mean goes half-open?"),
        ('scenario "x"\na goes', (2, 3), "did you mean goes half-open?"),
        ('scenario "x"\na sign on', (2, 3), "did you mean signs on?"),
        ('scenario "x"\na signs', (2, 3), "did you mean signs off or signs on?"),
        ('scenario "x"\na sends raw nonsense', (2, 13), "no bytes in hex"),
        ("issuer a keeps acounts", (1, 10), "did you mean keeps accounts?"),
        ('scenario "x"\nrepeat 3 times', (2, 1), "nothing stands below it"),
        ('scenario "x"\nrepeat 3\n    wait 1 s\n  wait 1 s', (4, 3), "as no line above is"),
        ('scenario "x"\n\twait 1 s', (2, 1), "a tab"),
        ('scenario "x"\nfor each\n  | a | b |\n  | 1 |', (4, 3), "2 columns"),
        ('scenario "x"\nsave echo-x = ', (2, 13), "a value is missing"),
        ('scenario "x"\na sends 0200 as sends', (2, 17), "a word of the language"),
        ("network visa", (1, 9), "network saklar"),
    ],
)
def test_a_problem_names_its_place_and_what_would_be_right(text, place, said):
    (problem,) = problems(text)
    assert (problem.span.line, problem.span.column) == place
    assert said in f"{problem.message} {problem.hint}"


def test_every_problem_of_a_file_is_reported_in_order():
    found = problems('foo\nscenario "x"\nbar 1\nwait 1 s\nwait x\n')
    assert [problem.span.line for problem in found] == [1, 3, 5]


def test_a_problem_is_shown_with_its_line_and_a_caret():
    (problem,) = problems('scenario "x"\nwait 3 sec')
    assert (
        str(problem) == "x.scenario:2:6: 'sec' is no unit of time; units are ms, s, min, h, d\n  wait 3 sec\n       ^"
    )


@given(st.text(alphabet=st.sampled_from("acq1 sends0200=|/\"$().,:->#\n\t expctswihn39'{}\\forachl"), max_size=80))
def test_any_text_is_a_tree_or_has_problems(text):
    source = Source.of(f'scenario "x"\n{text}')
    assert tree_or_problems(source)


def tree_or_problems(source):
    try:
        return parse(source)
    except ScenarioError as error:
        return error.problems
