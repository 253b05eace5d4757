"""Declarations: who takes part, with what, and what messages have where steps say nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from saklar.network_sim.scenario.language.cursor import Cursor
from saklar.network_sim.scenario.language.lexer import Line
from saklar.network_sim.scenario.language.messages import action_of, read_message, read_mti, read_rule
from saklar.network_sim.scenario.language.source import Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import (
    Action,
    Card,
    Declaration,
    Defaults,
    Field,
    Include,
    Message,
    Network,
    Option,
    Party,
    Role,
    Rule,
    Secret,
    Template,
    Terminals,
    Text,
    Variable,
    Where,
)
from saklar.network_sim.scenario.language.values import parse_text
from saklar.network_sim.scenario.language.words import (
    CARD_OPTIONS,
    NETWORK_OPTIONS,
    PARTY_OPTIONS,
    TERMINALS_OPTIONS,
    TWO_WORD_OPTIONS,
)

AUTHORISATIONS = "x1xx|x2xx"
"""What `answers` answers where it names no message type."""

_RULES = ("on", "sending", "receiving")
_WHERE: dict[str, Literal["dials", "listens", "at"]] = {"->": "dials", "listens": "listens", "at": "at"}
_OTHERS = (*_RULES, "listens", "at", "answers", "keeps", "signs", "link")
"""Words with which a party's line may go on, besides its options."""


def read_declaration(line: Line) -> Declaration:
    """The declaration that a line is.

    Raises:
        Wrong: something in it is not as it should be.
    """
    return _READERS[line.tokens[0].text](line)


def _include(line: Line) -> Include:
    cursor = _after_keyword(line)
    path = cursor.string("the path of a file")
    cursor.end()
    return Include(path, span=line.span)


def _variable(line: Line) -> Variable:
    cursor = _after_keyword(line)
    name = cursor.name("the name of a variable")
    if not cursor.skip("operator"):
        raise Wrong(cursor.span, "expected = and a value", "as in: var limit = 31 s")
    if cursor.token is not None and cursor.token.text == "env":
        cursor.next("env")
        environment = cursor.word("the name of an environment variable").text
        value = cursor.text("a value") if cursor.take("or") else None
        cursor.end()
        return Variable(name, value, environment, span=line.span)
    parts = [cursor.next("a value")]
    while cursor.token is not None:
        parts.append(cursor.next("a value"))
    together = " ".join(part.text for part in parts)  # 10.00 IDR and 31 s are one value
    return Variable(name, parse_text(together, parts[0].span), span=line.span)


def _secret(line: Line) -> Secret:
    cursor = _after_keyword(line)
    name = cursor.name("the name of a secret")
    if not cursor.take("from"):
        raise Wrong(
            cursor.span, "expected where the secret is", 'as in: secret ZPK from env ZPK, or: from file "zpk.txt"'
        )
    kind = cursor.one_of(("env", "file"), "place of secrets").text
    where = cursor.string("a path") if kind == "file" else cursor.word("the name of an environment variable").text
    cursor.end()
    return Secret(name, "file" if kind == "file" else "env", where, span=line.span)


def _card(line: Line) -> Card:
    cursor = _after_keyword(line, more=True)
    name = cursor.name("the name of a card")
    pan = cursor.text("a card number")
    return Card(name, pan, tuple(cursor.options(CARD_OPTIONS, "setting of a card")), span=line.span)


def _party(line: Line) -> Party:
    cursor = _after_keyword(line)
    role = cast("Role", line.tokens[0].text)
    name = cursor.name(f"the name of the {role}")
    said = _Said()
    said.read(cursor)
    for child in line.children:
        _refuse_children(child)
        said.read(Cursor(child))
    return Party(
        role, name, tuple(said.where), tuple(said.options), tuple(said.rules), tuple(said.link), span=line.span
    )


@dataclass
class _Said:
    """What is said of a party, line by line."""

    where: list[Where] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    link: list[Field] = field(default_factory=list)

    def read(self, cursor: Cursor) -> None:
        """Read a line to its end."""
        while not cursor.done:
            if not cursor.skip("comma"):
                self._one(cursor)

    def _one(self, cursor: Cursor) -> None:
        start = cursor.span
        two = next((words for words in TWO_WORD_OPTIONS if cursor.at(*words)), None)
        word = cursor.token.text if cursor.token is not None else ""
        if word in _WHERE:
            cursor.next(word)
            self.where.append(Where(_WHERE[word], cursor.text("an address"), span=cursor.spanning(start)))
        elif two is not None:
            cursor.take(*two)
            self.options.append(Option(TWO_WORD_OPTIONS[two], span=cursor.spanning(start)))
        elif word == "answers":
            self.rules.append(_answers(cursor))
        elif word in _RULES:
            self.rules.append(read_rule(cursor))
        elif cursor.take("link"):
            self.link += _assignments(cursor)
        elif word in PARTY_OPTIONS:
            self.options.append(_party_option(cursor))
        else:
            found = cursor.next("a setting")
            two_words = {" ".join(words) for words in TWO_WORD_OPTIONS}
            known = {*PARTY_OPTIONS, *_OTHERS, *two_words} - {words[0] for words in TWO_WORD_OPTIONS}
            raise Wrong(found.span, f"{found.text!r} is no setting of a party", did_you_mean(found.text, known))


def _party_option(cursor: Cursor) -> Option:
    """As any option; the words that end it are all that a party's line may say."""
    return cursor.option({**PARTY_OPTIONS, **dict.fromkeys(_OTHERS, (0, 0))}, "setting of a party")


def _answers(cursor: Cursor) -> Rule:
    """`answers [0200] [39=00] [after 2 s]`, to the end of the line; `answers nothing` is silence."""
    start = cursor.next("answers")
    mti = read_mti(cursor) or Text((AUTHORISATIONS,), span=start.span)
    action = Action("silence", span=start.span) if cursor.take("nothing") else action_of(cursor, "answer")
    cursor.end()
    return Rule("on", Message(mti, span=start.span), action, span=cursor.spanning(start))


def _assignments(cursor: Cursor) -> list[Field]:
    found: list[Field] = []
    while not cursor.done:
        if cursor.skip("comma"):
            continue
        span = cursor.span
        field = cursor.assignment()
        if field is None:
            raise Wrong(span, "expected a setting and its value", "as in: link timeout_ms=1500")
        found.append(field)
    return found


def _network(line: Line) -> Network:
    cursor = _after_keyword(line)
    token = cursor.word("saklar, or the path of its configuration in quotes")
    file = ""
    if token.kind == "string":
        file = token.text[1:-1]
    elif token.text != "saklar":
        hint = 'write: network saklar, or: network "switch.toml"'
        raise Wrong(token.span, f"{token.text!r} is no network", hint)
    options = cursor.options(NETWORK_OPTIONS, "setting of the network")
    settings: list[Field] = []
    for child in line.children:
        _refuse_children(child)
        settings += _assignments(Cursor(child))
    return Network(file, tuple(options), tuple(settings), span=line.span)


def _defaults(line: Line) -> Defaults:
    cursor = _after_keyword(line, more=True)
    party = cursor.name("a party") if cursor.take("for") else ""
    message, clauses = read_message(cursor, ("within",))
    cursor.end()
    if message.mti is not None:
        raise Wrong(message.mti.span, "defaults have no message type", "a template can have one")
    return Defaults(message.items, party, clauses.within, span=line.span)


def _template(line: Line) -> Template:
    cursor = _after_keyword(line, more=True)
    name = cursor.name("the name of a template")
    message, _ = read_message(cursor, ())
    cursor.end()
    return Template(name, message, span=line.span)


def _terminals(line: Line) -> Terminals:
    cursor = _after_keyword(line, more=True)
    count = cursor.text("how many terminals")
    if not cursor.take("of"):
        raise Wrong(cursor.span, "expected of, and the party whose terminals they are", "as in: terminals 500 of acq1")
    party = cursor.name("the name of a party")
    return Terminals(count, party, tuple(cursor.options(TERMINALS_OPTIONS, "setting of terminals")), span=line.span)


def _after_keyword(line: Line, *, more: bool = False) -> Cursor:
    if not more and line.tokens[0].text not in ("acquirer", "issuer", "proxy", "network"):
        for child in line.children:
            raise Wrong(child.span, f"nothing belongs below {line.tokens[0].text!r}")
    cursor = Cursor(line, more=more)
    cursor.next("a keyword")
    return cursor


def _refuse_children(line: Line) -> None:
    for child in line.children:
        raise Wrong(child.span, "is indented one level too many")


_READERS: dict[str, Callable[[Line], Declaration]] = {
    "include": _include,
    "var": _variable,
    "secret": _secret,
    "card": _card,
    "acquirer": _party,
    "issuer": _party,
    "proxy": _party,
    "network": _network,
    "defaults": _defaults,
    "template": _template,
    "terminals": _terminals,
}
