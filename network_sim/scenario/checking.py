"""What is wrong with a case can be said before it is played: names, elements and steps that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from saklar.network_sim.scenario.asking import NAMES, NEEDS_SUBJECT, PARTY_VERBS
from saklar.network_sim.scenario.elements import NoSuchElement, slot_of
from saklar.network_sim.scenario.facts import Case, PartyFacts
from saklar.network_sim.scenario.language.source import Problem, Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import (
    Act,
    Allow,
    Ask,
    Change,
    ChangeHsm,
    Expect,
    ExpectLink,
    ExpectNothing,
    Field,
    ForEach,
    Message,
    OnlyWhen,
    Ref,
    Repeat,
    Rule,
    Save,
    Send,
    SendRaw,
    Step,
    Template,
    Text,
    Use,
)
from saklar.network_sim.scenario.language.words import PART_VERBS
from saklar.network_sim.scenario.rulebook import FAULTS
from saklar.network_sim.scenario.templates import flatten

_OF_PARTIES = (Send, SendRaw, Expect, ExpectNothing, ExpectLink, Allow, Change)


def check_case(case: Case, problems: list[Problem]) -> None:
    """Add what is wrong with a case to the problems."""
    checker = _Checker(case, problems)
    for facts in case.setup.parties.values():
        for rule in facts.rules:
            checker.rule(rule, facts)
            checker.names(rule)
    for defaults in case.setup.defaults:
        if defaults.party:
            checker.party(defaults.party, defaults.span)
    for step in walk(case.steps):
        checker.step(step)


def walk(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps and those in them."""
    for step in steps:
        yield step
        yield from walk(getattr(step, "steps", ()))


def references(node: object) -> Iterator[Ref]:
    """The names that a node uses, without those of steps below it."""
    if isinstance(node, Ref):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from references(item)
    elif is_dataclass(node) and not isinstance(node, type):
        for part in fields(node):
            if part.name not in ("steps", "span"):
                yield from references(getattr(node, part.name))


class _Checker:
    def __init__(self, case: Case, problems: list[Problem]) -> None:
        self._case = case
        self._problems = problems
        steps = list(walk(case.steps))
        self._labels = {step.label for step in steps if isinstance(step, Send | Expect) and step.label}
        self._names = {
            *case.scope.variables,
            *(step.name for step in steps if isinstance(step, Save)),
            *(step.counter for step in steps if isinstance(step, Repeat) and step.counter),
            *(column for step in steps if isinstance(step, ForEach) for column in step.table.columns),
        }

    def step(self, step: Step) -> None:
        """Look at one step."""
        self.names(step)
        facts = self.party(step.party, step.span) if isinstance(step, _OF_PARTIES) else None
        if isinstance(step, Send | SendRaw) and facts is not None and facts.role == "proxy":
            self._add(step.span, f"{step.party} is a proxy: it passes messages on, and sends none of its own")
        match step:
            case Send() | Expect() if facts is not None:
                self.message(step.message, facts)
                self.label(step.to, step.span)
            case Change() if facts is not None:
                self.rule(step.rule, facts)
            case ChangeHsm() if self._case.setup.network is None:
                self._add(step.span, "there is no hsm of ours", "declare: network saklar")
            case Save():
                self.label(step.of, step.span)
            case Act():
                self._act(step)
            case Ask():
                self._ask(step)
            case ForEach() | OnlyWhen() if not step.steps:
                said = "stands in the middle of the steps, and nothing is below it"
                self._add(step.span, said, "put it above the first step, or indent the steps that belong to it")
            case _:
                pass

    def _add(self, span: Span, message: str, hint: str = "") -> None:
        self._problems.append(Problem(span, message, hint))

    def _try(self, span: Span, look: Callable[[], object]) -> None:
        try:
            look()
        except Wrong as wrong:
            self._problems.append(wrong.problem)
        except NoSuchElement as error:
            self._add(span, str(error), error.hint)

    def party(self, name: str, span: Span) -> PartyFacts | None:
        """The party of that name."""
        facts = self._case.setup.parties.get(name)
        if facts is None and not self._problems:
            self._add(span, f"there is no party {name!r}", did_you_mean(name, self._case.setup.parties))
        return facts

    def label(self, name: str, span: Span) -> None:
        """See that a message is called so."""
        if name and name not in self._labels and name not in self._case.setup.parties:
            hint = did_you_mean(name, self._labels) or "name it where it is sent or expected: … as first"
            self._add(span, f"no message is called {name!r}", hint)

    def names(self, node: object) -> None:
        """See that all names mean something."""
        for ref in references(node):
            if ref.path and ref.name not in self._labels:
                hint = did_you_mean(ref.name, self._labels)
                if ref.name in self._names:
                    hint = f"{ref.name} is a text: write ${{{ref.name}}}.{ref.path} for it and what follows"
                self._add(ref.span, f"no message is called {ref.name!r}", hint)
            elif not ref.path and ref.name not in self._names:
                self._add(ref.span, f"nothing is called {ref.name!r}", did_you_mean(ref.name, self._names))

    def rule(self, rule: Rule, facts: PartyFacts) -> None:
        """Look at a rule of a party: whether it can be done there, and to what."""
        action, answers = rule.action, ("answer", "accounts", "silence", "disconnect", "abort")
        self.message(rule.message, facts)
        if action.message is not None:
            self.message(action.message, facts)
        if rule.when == "on" and facts.role != "proxy" and (action.kind not in answers or action.arguments):
            said = f"{action.kind} is for rules on the wire" if action.kind not in answers else "that is for the wire"
            self._add(action.span, said, f"as in: sending 0210 {action.kind}")
        elif (rule.when != "on" and action.kind not in FAULTS) or (facts.role == "proxy" and action.kind == "accounts"):
            self._add(action.span, f"{action.kind} is nothing that can be done to a message on its way")
        if action.kind == "corrupt" and len(action.arguments) > 1 and action.arguments[0].plain == "field":
            path = action.arguments[1]
            if path.plain is not None:
                self._try(path.span, lambda: slot_of(facts.dialect, path.plain or ""))

    def message(self, message: Message, facts: PartyFacts) -> None:
        """Look at the items of a message of a party."""
        templates = self._case.setup.templates
        self._try(message.span, lambda: self._flatten(message, templates))
        for item in message.items:
            if isinstance(item, Field):
                self._try(item.span, lambda item=item: slot_of(facts.dialect, item.path))  # type: ignore[misc]
        about = next((item for item in message.items if getattr(item, "name", "") == "of"), None)
        if about is not None:
            self.label(getattr(about, "values", (Text(()),))[0].plain or "", about.span)
        card = next((item for item in message.items if getattr(item, "name", "") == "card"), None)
        values = getattr(card, "values", ())
        name = values[0].plain if values else None
        if card is not None and name is not None and name not in self._case.setup.cards:
            self._add(card.span, f"there is no card {name!r}", did_you_mean(name, self._case.setup.cards))

    def _flatten(self, message: Message, templates: Mapping[str, Template]) -> None:
        """Look for templates that there are not; a name that only a step knows is not looked at."""
        uses = (Use(item.name, span=item.span) for item in message.items if isinstance(item, Use))
        known = [
            use for use in uses if not use.name.startswith("$") or use.name.strip("${}") in self._case.scope.variables
        ]
        flatten(Message(None, tuple(known), span=message.span), templates, self._case.scope)

    def _act(self, act: Act) -> None:
        if act.subject in PART_VERBS:
            if self._case.setup.network is None:
                self._add(act.span, f"there is no {act.subject} of ours", "declare: network saklar")
            elif act.verb not in PART_VERBS[act.subject]:
                self._add(
                    act.span, f"the {act.subject} cannot do that", f"it {', '.join(sorted(PART_VERBS[act.subject]))}"
                )
        elif self.party(act.subject, act.span) is not None and act.verb not in PARTY_VERBS:
            self._add(act.span, f"a party cannot do that: {act.verb}", f"it {', '.join(sorted(PARTY_VERBS))}")

    def _ask(self, ask: Ask) -> None:
        if self._case.setup.network is None and ask.subject != "account":
            self._add(ask.span, f"there is no {ask.subject} of ours to be asked", "declare: network saklar")
        if not ask.of and ask.subject in NEEDS_SUBJECT:
            self._add(ask.span, f"{ask.subject} of what?", f"name {NEEDS_SUBJECT[ask.subject]}")
        if ask.mti:
            self.party(ask.of, ask.span)
        elif ask.of and ask.subject == "journal":
            self.label(ask.of, ask.span)
        elif ask.subject == "account" and ask.of and ask.of not in self._case.setup.cards:
            self._add(ask.span, f"there is no card {ask.of!r}", did_you_mean(ask.of, self._case.setup.cards))
        known = NAMES[ask.subject]
        for field in ask.fields:
            if known and field.path not in known:
                self._add(field.span, f"{ask.subject} says nothing of {field.path!r}", did_you_mean(field.path, known))
