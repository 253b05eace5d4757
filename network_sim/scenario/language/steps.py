"""Steps: what parties do and expect, one a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from saklar.hsm_sim.server.fault_rules import FaultError, FaultRule
from saklar.network_sim.scenario.language.cursor import Cursor
from saklar.network_sim.scenario.language.lexer import Line
from saklar.network_sim.scenario.language.messages import Clauses, read_clause, read_message, read_mti, read_rule
from saklar.network_sim.scenario.language.source import Problem, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import (
    Act,
    Allow,
    Ask,
    Change,
    ChangeHsm,
    Check,
    Condition,
    Duration,
    Expect,
    ExpectLink,
    ExpectNothing,
    Field,
    ForEach,
    Meanwhile,
    OnlyWhen,
    Remark,
    Repeat,
    Row,
    Save,
    Send,
    SendRaw,
    Step,
    Table,
    Text,
    Together,
    Wait,
)
from saklar.network_sim.scenario.language.values import parse_text
from saklar.network_sim.scenario.language.words import (
    ACTS,
    ASKS,
    BLOCKS,
    DECLARATIONS,
    PART_VERBS,
    PARTY_VERBS,
    PLAIN_STEPS,
)


def read_steps(lines: list[Line], problems: list[Problem]) -> tuple[Step, ...]:
    """The steps that lines are; what is wrong goes to `problems`, and its line is left out."""
    return tuple(_steps(lines, problems))


def _steps(lines: list[Line], problems: list[Problem]) -> Iterator[Step]:
    for line in lines:
        try:
            yield read_step(line, problems)
        except Wrong as wrong:
            problems.append(wrong.problem)


def read_step(line: Line, problems: list[Problem]) -> Step:
    """The step that a line is.

    Raises:
        Wrong: it is none.
    """
    first = line.tokens[0]
    second = line.tokens[1].text if len(line.tokens) > 1 else ""
    if first.kind != "word":
        raise Wrong(first.span, f"{first.text} is no step")
    if first.text in _BLOCKS:
        return _BLOCKS[first.text](line, problems)
    if first.text in _PLAIN:
        _no_children(line)
        return _PLAIN[first.text](line)
    if second in PARTY_VERBS:
        return _VERBS[second](line)
    if _verb_at(line):
        _no_children(line)
        return _act(line)
    if first.text in ASKS:
        return _ask(line)
    raise _unknown(line)


def _unknown(line: Line) -> Wrong:
    first = line.tokens[0]
    keywords = (*BLOCKS, *PLAIN_STEPS, *ASKS, *DECLARATIONS, "scenario")
    second = line.tokens[1] if len(line.tokens) > 1 else None
    near = did_you_mean(first.text, keywords)
    of_part = PART_VERBS.get(first.text)
    if second is not None and second.kind == "word" and (of_part or not near.startswith("did")):
        said, hint = (second.text, did_you_mean(second.text, of_part)) if of_part else _nearest_verb(line)
        return Wrong(second.span, f"{first.text} {said} … is no step", hint or "a party sends, expects, answers …")
    return Wrong(
        first.span, f"{first.text!r} begins no step", near or "a step begins with a party, as in: acq1 sends 0200"
    )


def _nearest_verb(line: Line) -> tuple[str, str]:
    """What stands where a verb should, and which verb is near it: two words are looked at together, then one."""
    words = [token.text for token in line.tokens[1:3]]
    two = " ".join(words)
    hint = did_you_mean(two, [verb for verb in ACTS if " " in verb]) if len(words) == 2 else ""
    if hint.startswith("did"):
        return two, hint
    return words[0], did_you_mean(words[0], (*PARTY_VERBS, *ACTS))


def _no_children(line: Line) -> None:
    for child in line.children:
        raise Wrong(child.span, "is indented, but nothing belongs below the line above")


# What a party does.


def _party_cursor(line: Line) -> tuple[Cursor, str]:
    cursor = Cursor(line, more=True)
    party = cursor.name("a party")
    cursor.next("a verb")
    return cursor, party


def _sends(line: Line) -> Step:
    cursor, party = _party_cursor(line)
    for word, framed in (("raw", True), ("bytes", False)):
        if cursor.take(word):
            data = cursor.text("bytes in hex")
            if data.plain is not None and not _is_hex(data.plain):
                raise Wrong(data.span, "no bytes in hex", f"as in: {party} sends {word} 30383030")
            cursor.end()
            return SendRaw(party, data, framed, span=line.span)
    message, clauses = read_message(cursor, ("after", "as", "to"))
    cursor.end()
    if message.mti is None and not message.items:
        raise Wrong(cursor.span, "expected a message type or a template", "as in: acq1 sends 0200 purchase")
    return Send(party, message, bool(clauses.to), clauses.to, clauses.label, clauses.after, span=line.span)


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


def _answers(line: Line) -> Step:
    cursor, party = _party_cursor(line)
    message, clauses = read_message(cursor, ("after", "as", "to"))
    cursor.end()
    return Send(party, message, True, clauses.to, clauses.label, clauses.after, span=line.span)


def _expects(line: Line) -> Step:
    cursor, party = _party_cursor(line)
    start = cursor.span
    if cursor.take("nothing"):
        clauses = _clauses(cursor, ("for",))
        return ExpectNothing(party, None, clauses.duration, span=line.span)
    if cursor.take("no"):
        mti = read_mti(cursor)
        if mti is None:
            raise Wrong(cursor.span, "expected a message type", "as in: acq1 expects no 0210 for 10 s")
        clauses = _clauses(cursor, ("for",))
        return ExpectNothing(party, mti, clauses.duration, span=line.span)
    for what in ("connect", "disconnect"):
        if cursor.take(what):
            clauses = _clauses(cursor, ("within",))
            return ExpectLink(party, what, clauses.within, span=line.span)
    message, clauses = read_message(cursor, ("within", "as", "to", "and"))
    cursor.end()
    if message.mti is None and not message.items:
        raise Wrong(start, "expected a message type", "as in: acq1 expects 0210 39=00")
    return Expect(party, message, clauses.to, clauses.label, clauses.within, clauses.exact, span=line.span)


def _clauses(cursor: Cursor, allowed: tuple[str, ...]) -> Clauses:
    clauses = Clauses()
    while not cursor.done:
        if not cursor.skip("comma"):
            read_clause(cursor, clauses, allowed)
    return clauses


def _allows(line: Line) -> Step:
    cursor, party = _party_cursor(line)
    if cursor.take("anything"):
        cursor.end()
        return Allow(party, span=line.span)
    mtis: list[Text] = []
    while not cursor.done:
        if cursor.skip("comma"):
            continue
        mti = read_mti(cursor)
        if mti is None:
            raise Wrong(cursor.span, "expected a message type, or anything")
        mtis.append(mti)
    if not mtis:
        raise Wrong(cursor.span, "expected a message type, or anything")
    return Allow(party, tuple(mtis), span=line.span)


def _now(line: Line) -> Step:
    if line.tokens[0].text == "hsm":
        return _hsm_now(line)
    cursor, party = _party_cursor(line)
    token = cursor.token
    if token is None or token.text not in ("on", "sending", "receiving"):
        raise Wrong(cursor.span, "expected a rule", "as in: iss1 now on 0200 silence")
    rule = read_rule(cursor)
    cursor.end()
    return Change(party, rule, span=line.span)


def _hsm_now(line: Line) -> ChangeHsm:
    """`hsm now CC error 20 at 3`: the words are those of `saklar hsm --fault`."""
    _no_children(line)
    words = line.tokens[2:]
    span = words[0].span if words else line.span
    try:
        return ChangeHsm(FaultRule.parse(" ".join(token.text for token in words)), span=line.span)
    except FaultError as error:
        raise Wrong(span, f"no fault of an HSM: {error}", "as in: hsm now error 41 every 3") from None


def _verb_at(line: Line) -> str:
    """The verb of a line that acts on a part of the network; "" if it is none."""
    words = [token.text for token in line.tokens[1:3]]
    for verb in (" ".join(words), words[0] if words else ""):
        if verb in ACTS:
            return verb
    return ""


def _act(line: Line) -> Act:
    cursor = Cursor(line)
    subject = cursor.word("a part of the network").text
    verb = _verb_at(line)
    for _ in verb.split():
        cursor.next("a verb")
    clauses = _clauses(cursor, ("for", "after"))
    return Act(subject, verb, clauses.duration, clauses.after, span=line.span)


def _ask(line: Line) -> Ask:
    """`journal of acq1's 0200: state=reversed within 1 s`."""
    cursor = Cursor(line, more=True)
    subject = cursor.next("a part of the network").text
    of, mti = "", ""
    if cursor.take("of"):
        of = cursor.word("a label, or a party's message").text
        if of.endswith("'s"):
            of = of.removesuffix("'s")
            mti = cursor.word("a message type").text
    if not cursor.skip("colon"):
        raise Wrong(cursor.span, f"expected : after the {subject}", f"as in: {subject} of acq1's 0200: state=approved")
    fields: list[Field] = []
    clauses = Clauses()
    while not cursor.done:
        if cursor.skip("comma"):
            continue
        field = cursor.assignment()
        if field is not None:
            fields.append(field)
        elif cursor.token is not None and cursor.token.text == "within":
            read_clause(cursor, clauses, ("within",))
        else:
            token = cursor.next("a name and a value")
            raise Wrong(token.span, f"{token.text!r} stands alone", "write it as state=reversed")
    if not fields:
        raise Wrong(cursor.span, "expected what it should say", f"as in: {subject}: state=reversed")
    return Ask(subject, tuple(fields), of, mti, clauses.within, span=line.span)


# Steps that begin with a keyword.


def _keyword(line: Line) -> Cursor:
    cursor = Cursor(line)
    cursor.next("a keyword")
    return cursor


def _save(line: Line) -> Save:
    cursor = _keyword(line)
    name = cursor.name("a name for what is saved")
    if not cursor.skip("operator"):
        raise Wrong(cursor.span, "expected = and an element", "as in: save auth = 38")
    path = cursor.next("an element").text
    of = cursor.word("the label of a message").text if cursor.take("of") else ""
    cursor.end()
    return Save(name, path, of, span=line.span)


def _check(line: Line) -> Check:
    cursor = _keyword(line)
    condition = read_condition(cursor)
    cursor.end()
    return Check(condition, span=line.span)


def read_condition(cursor: Cursor) -> Condition:
    """`left is right`, `left is not right`; the right side is any value, and `set` is anything but nothing."""
    start = cursor.span
    left = cursor.text("a value, as $name")
    if not cursor.take("is"):
        raise Wrong(cursor.span, "expected 'is' or 'is not'", "as in: $target is own")
    negated = cursor.take("not")
    right = cursor.value("a value")
    return Condition(left, "is not" if negated else "is", right, span=cursor.spanning(start))


def _wait(line: Line) -> Wait:
    cursor = _keyword(line)
    duration = cursor.duration()
    cursor.end()
    return Wait(duration, span=line.span)


def _note(line: Line) -> Remark:
    cursor = _keyword(line)
    text = cursor.text("a text in quotes")
    cursor.end()
    return Remark(text, span=line.span)


# Blocks.


def _body(line: Line, problems: list[Problem], lines: list[Line] | None = None) -> tuple[Step, ...]:
    below = line.children if lines is None else lines
    if not below:
        raise Wrong(line.span, "nothing stands below it", "indent the steps that belong to it")
    return read_steps(below, problems)


def _meanwhile(line: Line, problems: list[Problem]) -> Meanwhile:
    _keyword(line).end()
    return Meanwhile(_body(line, problems), span=line.span)


def _together(line: Line, problems: list[Problem]) -> Together:
    _keyword(line).end()
    return Together(_body(line, problems), span=line.span)


def _repeat(line: Line, problems: list[Problem]) -> Repeat:
    cursor = _keyword(line)
    count = cursor.text("how often")
    cursor.take("times")
    every: Duration | None = None
    counter = ""
    while not cursor.done:
        if cursor.take("every"):
            every = cursor.duration()
        elif cursor.take("as"):
            counter = cursor.name("the name of the count")
        else:
            cursor.end()
    return Repeat(count, _body(line, problems), every, counter, span=line.span)


def _for(line: Line, problems: list[Problem]) -> ForEach:
    """`for each in "x.csv"`, `for each code in 05, 51`, or `for each` over the rows below it."""
    cursor = _keyword(line)
    if not cursor.take("each"):
        raise Wrong(cursor.span, "expected 'each' after 'for'")
    rows = [child for child in line.children if child.is_row]
    steps = [child for child in line.children if not child.is_row]
    table = _listed(cursor, line) if not cursor.done else _rows(rows, line)
    if rows and table.rows is not None and not cursor.done:
        cursor.end()
    if rows and (table.file or table.columns != tuple(token.text for token in rows[0].tokens)):
        raise Wrong(rows[0].span, "a table and a list for the same 'for each'")
    return ForEach(table, read_steps(steps, problems) if steps else (), span=line.span)


def _listed(cursor: Cursor, line: Line) -> Table:
    if cursor.take("in"):
        file = cursor.string("the path of a CSV file")
        cursor.end()
        return Table(file=file, span=line.span)
    name = cursor.name("the name of a variable")
    if not cursor.take("in"):
        raise Wrong(cursor.span, "expected 'in' and values", "as in: for each code in 05, 51, 54")
    rows: list[Row] = []
    while not cursor.done:
        if not cursor.skip("comma"):
            text = cursor.text("a value")
            rows.append(Row((text,), span=text.span))
    if not rows:
        raise Wrong(cursor.span, "expected values", "as in: for each code in 05, 51, 54")
    return Table((name,), tuple(rows), span=line.span)


def _rows(rows: list[Line], line: Line) -> Table:
    if len(rows) < 2:
        raise Wrong(line.span, "expected a table below it", "a row of names, then rows of values, as | code | 51 |")
    columns = tuple(token.text for token in rows[0].tokens)
    for token in rows[0].tokens:
        if not token.text.replace("-", "_").isidentifier():
            raise Wrong(token.span, f"{token.text!r} is no name for a column")
    found = []
    for row in rows[1:]:
        _no_children(row)
        if len(row.tokens) != len(columns):
            raise Wrong(row.span, f"{len(row.tokens)} cells, but the table has {len(columns)} columns")
        cells = tuple(parse_text(token.text, token.span) for token in row.tokens)
        found.append(Row(cells, span=row.span))
    return Table(columns, tuple(found), span=rows[0].span)


def _only(line: Line, problems: list[Problem]) -> OnlyWhen:
    cursor = _keyword(line)
    if not cursor.take("when"):
        raise Wrong(cursor.span, "expected 'when' after 'only'")
    condition = read_condition(cursor)
    cursor.end()
    return OnlyWhen(condition, read_steps(line.children, problems) if line.children else (), span=line.span)


_PLAIN: dict[str, Callable[[Line], Step]] = {"save": _save, "check": _check, "wait": _wait, "note": _note}
_BLOCKS: dict[str, Callable[[Line, list[Problem]], Step]] = {
    "meanwhile": _meanwhile,
    "together": _together,
    "repeat": _repeat,
    "for": _for,
    "only": _only,
}
_VERBS: dict[str, Callable[[Line], Step]] = {
    "sends": _sends,
    "answers": _answers,
    "expects": _expects,
    "allows": _allows,
    "now": _now,
}
