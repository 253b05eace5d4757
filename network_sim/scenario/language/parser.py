"""A scenario file as a tree: declarations, then scenarios, each a heading and what stands below it."""

from __future__ import annotations

from pathlib import Path

from saklar.network_sim.scenario.language.cursor import Cursor
from saklar.network_sim.scenario.language.declarations import read_declaration
from saklar.network_sim.scenario.language.lexer import Line, read_lines
from saklar.network_sim.scenario.language.source import Problem, ScenarioError, Source, Span, Wrong
from saklar.network_sim.scenario.language.steps import read_step
from saklar.network_sim.scenario.language.tree import Declaration, File, Scenario, Step
from saklar.network_sim.scenario.language.words import DECLARATIONS


def parse_file(path: Path) -> File:
    """The tree of a file.

    Raises:
        ScenarioError: it cannot be read, or is not as the language has it; every problem that was found is in it.
    """
    return parse(Source.read(path))


def parse(source: Source) -> File:
    """The tree of a text.

    Raises:
        ScenarioError: it is not as the language has it; every problem that was found is in it.
    """
    problems: list[Problem] = []
    lines = read_lines(source, problems)
    declarations: list[Declaration] = []
    scenarios: list[Scenario] = []
    sections = list(_sections(lines))
    for heading, body in sections:
        try:
            if heading is None:
                declarations += _declarations(body, problems)
            else:
                scenarios.append(_scenario(heading, body, problems))
        except Wrong as wrong:
            problems.append(wrong.problem)
    if problems:
        raise ScenarioError(_shown(problems, source))
    return File(tuple(declarations), tuple(scenarios), span=Span(source.path, 1))


def _shown(problems: list[Problem], source: Source) -> list[Problem]:
    """In the order of the lines, each with its own."""
    ordered = sorted(problems, key=lambda problem: (problem.span.line, problem.span.column))
    return [Problem(found.span, found.message, found.hint, source.line(found.span.line)) for found in ordered]


def _sections(lines: list[Line]) -> list[tuple[Line | None, list[Line]]]:
    """What stands above the first heading, and then each heading with what stands below it."""
    sections: list[tuple[Line | None, list[Line]]] = [(None, [])]
    for line in lines:
        if line.tokens[0].text == "scenario" and line.tokens[0].kind == "word":
            sections.append((line, list(line.children)))
        else:
            sections[-1][1].append(line)
    return sections


def _declarations(lines: list[Line], problems: list[Problem]) -> list[Declaration]:
    found: list[Declaration] = []
    for line in lines:
        try:
            if line.tokens[0].text in DECLARATIONS:
                found.append(read_declaration(line))
            else:
                read_step(line, [])
                problems.append(
                    Problem(line.span, "a step before the first scenario", 'begin one: scenario "its name"')
                )
        except Wrong as wrong:
            problems.append(wrong.problem)
    return found


def _scenario(heading: Line, body: list[Line], problems: list[Problem]) -> Scenario:
    cursor = Cursor(heading)
    cursor.next("scenario")
    name = cursor.text("the name of the scenario in quotes")
    tags: list[str] = []
    if not name.quoted:
        raise Wrong(name.span, "expected the name of the scenario in quotes")
    if cursor.take("tags"):
        while not cursor.done:
            if not cursor.skip("comma"):
                tags.append(cursor.word("a tag").text)
    cursor.end("a heading has a name, and tags after the word tags")
    declarations: list[Declaration] = []
    steps: list[Step] = []
    for line in body:
        try:
            if line.tokens[0].text in DECLARATIONS:
                declarations.append(read_declaration(line))
            else:
                steps.append(read_step(line, problems))
        except Wrong as wrong:
            problems.append(wrong.problem)
    return Scenario(name, tuple(tags), tuple(declarations), tuple(steps), span=heading.span)
