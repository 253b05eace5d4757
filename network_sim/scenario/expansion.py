"""Files as cases: includes, variables, secrets and tables resolved, and all of it checked before it is played."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from saklar.network_sim.scenario.checking import check_case
from saklar.network_sim.scenario.declared import Declared
from saklar.network_sim.scenario.facts import Case
from saklar.network_sim.scenario.language.parser import parse
from saklar.network_sim.scenario.language.source import Problem, ScenarioError, Source, Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import (
    Condition,
    Declaration,
    File,
    ForEach,
    Include,
    Meanwhile,
    OnlyWhen,
    Repeat,
    Row,
    Scenario,
    Secret,
    Step,
    Table,
    Text,
    Together,
    Variable,
)
from saklar.network_sim.scenario.language.values import parse_text
from saklar.network_sim.scenario.matchers import holds
from saklar.network_sim.scenario.scope import Scope

SUFFIX = ".scenario"
MAX_CASES = 100_000
MAX_SECRET_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases are wanted.

    Attributes:
        tags: of which a case must have one; empty for any. `-slow` is a tag that it must not have.
        lines: by file, the lines in which wanted scenarios are, with a row or 0 for all; empty for any.
    """

    tags: tuple[str, ...] = ()
    lines: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)

    def takes(self, tags: Iterable[str]) -> bool:
        """Whether a case with these tags is wanted."""
        has = set(tags)
        wanted = {tag for tag in self.tags if not tag.startswith("-")}
        unwanted = {tag[1:] for tag in self.tags if tag.startswith("-")}
        return (not wanted or bool(wanted & has)) and not unwanted & has


def load_cases(
    paths: Sequence[Path | str],
    variables: Mapping[str, str] | None = None,
    selection: Selection | None = None,
    environment: Mapping[str, str] | None = None,
    declared: set[str] | None = None,
) -> list[Case]:
    """The cases of files, and of the `.scenario` files in folders, in order. `FILE:LINE` and `FILE:LINE#ROW` select.

    Args:
        paths: files and folders.
        variables: of the command line; they hold before those of the files.
        selection: which cases; all of them, if not said.
        environment: of the process, if not said.
        declared: takes the names of the variables that the files declare; who gives it, and loads more files than
            these, sees for itself whether a variable of the command line is one of them.

    Raises:
        ScenarioError: something is wrong in one of them; all problems of all files are in it.
    """
    loader = _Loader(dict(variables or {}), os.environ if environment is None else environment)
    selection = selection or Selection()
    cases: list[Case] = []
    for path, wanted in _files(paths, loader.problems):
        try:
            found = loader.cases(path)
        except ScenarioError as error:
            loader.problems += error.problems
            continue
        cases += [case for case in found if selection.takes(case.tags) and _in_lines(case, wanted, found)]
    if declared is None:
        loader.refuse_unknown_variables()
    else:
        declared |= loader.declared
    if loader.problems:
        raise ScenarioError(loader.shown())
    return cases


def cases_in(source: Source) -> list[Case]:
    """The cases of a text that has no variable of an environment.

    Raises:
        ScenarioError: something is wrong in it.
    """
    loader = _Loader({}, {})
    loader.take(source)
    cases = loader.cases(Path(source.path))
    if loader.problems:
        raise ScenarioError(loader.shown())
    return cases


def _files(paths: Sequence[Path | str], problems: list[Problem]) -> Iterator[tuple[Path, frozenset[tuple[int, int]]]]:
    """The files, each once, with the lines that are asked for."""
    wanted: dict[Path, set[tuple[int, int]]] = {}
    whole: set[Path] = set()
    for given in paths:
        path, line, row = _place_of(str(given))
        if path.is_dir():
            inside = sorted(path.rglob(f"*{SUFFIX}"))
            if not inside:
                problems.append(Problem(Span(str(path), 1), f"no {SUFFIX} file is in this folder"))
            for file in inside:
                wanted.setdefault(file, set())
                whole.add(file)
        elif line:
            wanted.setdefault(path, set()).add((line, row))
        else:
            wanted.setdefault(path, set())
            whole.add(path)
    for path, lines in wanted.items():
        yield path, frozenset() if path in whole else frozenset(lines)


_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?:#(?P<row>\d+))?")


def _place_of(text: str) -> tuple[Path, int, int]:
    match = _PLACE.fullmatch(text)
    if match is None or Path(text).exists():
        return Path(text), 0, 0
    return Path(match["path"]), int(match["line"]), int(match["row"] or 0)


def _in_lines(case: Case, wanted: frozenset[tuple[int, int]], all_of_file: list[Case]) -> bool:
    """Whether a case is asked for by the number of a line that its scenario covers."""
    if not wanted:
        return True
    headings = sorted({other.span.line for other in all_of_file})
    for line, row in wanted:
        heading = max((number for number in headings if number <= line), default=0)
        if case.span.line == heading and (not row or case.id.endswith(f"#{row}")):
            return True
    return False


@dataclass
class _Loader:
    """Reads files, each once."""

    variables: dict[str, str]
    environment: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    _files: dict[Path, File] = field(default_factory=dict)

    def cases(self, path: Path) -> list[Case]:
        """The cases of a file."""
        file = self.read(path)
        above = list(self._with_includes(file.declarations, (path.resolve(),)))
        found: list[Case] = []
        for scenario in file.scenarios:
            found += self._cases_of(scenario, above, path)
        return found

    def read(self, path: Path) -> File:
        """The tree of a file; raises ScenarioError."""
        key = path.resolve()
        if key not in self._files:
            self.take(Source.read(path))
        return self._files[key]

    def take(self, source: Source) -> None:
        """Parse a file that was read; raises ScenarioError."""
        self.sources[source.path] = source
        self._files[Path(source.path).resolve()] = parse(source)

    def shown(self) -> list[Problem]:
        """The problems, each once and with its line."""
        found: dict[tuple[Span, str], Problem] = {}
        for problem in self.problems:
            source = self.sources.get(problem.span.file)
            text = problem.text or (source.line(problem.span.line) if source is not None else "")
            found.setdefault((problem.span, problem.message), replace(problem, text=text))
        return list(found.values())

    def refuse_unknown_variables(self) -> None:
        """Refuse what was given for variables that no file declares."""
        for name in sorted(set(self.variables) - self.declared):
            hint = did_you_mean(name, self.declared)
            self.problems.append(Problem(Span("--var", 1), f"no file declares a variable {name}", hint))

    # Declarations.

    def _with_includes(self, declarations: Iterable[Declaration], within: tuple[Path, ...]) -> Iterator[Declaration]:
        """Declarations with those of included files in their place."""
        for declaration in declarations:
            if not isinstance(declaration, Include):
                yield declaration
                continue
            path = Path(declaration.span.file).parent / declaration.path
            if path.resolve() in within:
                self.problems.append(Problem(declaration.span, "includes a file that includes it"))
                continue
            try:
                file = self.read(path)
            except ScenarioError as error:
                for problem in error.problems:
                    if problem.span.line == 1 and "cannot be read" in problem.message:
                        said = f"{path}: {problem.message}"
                        self.problems.append(Problem(declaration.span, said))
                    else:
                        self.problems.append(problem)
                continue
            yield from self._with_includes(file.declarations, (*within, path.resolve()))

    def _scope(self, declarations: Iterable[Declaration], row: Mapping[str, str]) -> Scope:
        scope = Scope()
        variables: dict[str, str] = {}
        secrets: set[str] = set()
        for declaration in declarations:
            try:
                if isinstance(declaration, Variable):
                    self.declared.add(declaration.name)
                    value = self._variable(declaration, replace(scope, variables={**variables, **row}))
                    variables[declaration.name] = value
                elif isinstance(declaration, Secret):
                    value = self._secret(declaration)
                    variables[declaration.name] = value
                    secrets.add(value)
            except Wrong as wrong:
                self.problems.append(wrong.problem)
                variables.setdefault(declaration.name, "")  # type: ignore[union-attr]
        return Scope({**variables, **row}, frozenset(secrets))

    def _variable(self, variable: Variable, scope: Scope) -> str:
        if variable.name in self.variables:
            return self.variables[variable.name]
        if variable.environment and variable.environment in self.environment:
            return self.environment[variable.environment]
        if variable.value is None:
            hint = f'write: var {variable.name} = env {variable.environment} or "…"'
            raise Wrong(
                variable.span, f"the environment has no {variable.environment}, and no other value is given", hint
            )
        return scope.text(variable.value)

    def _secret(self, secret: Secret) -> str:
        if secret.kind == "env":
            if secret.where not in self.environment:
                raise Wrong(secret.span, f"the environment has no {secret.where}")
            return self.environment[secret.where]
        path = Path(secret.span.file).parent / secret.where
        try:
            with path.open(encoding="utf-8") as file:
                return file.read(MAX_SECRET_BYTES).strip()
        except OSError as error:
            raise Wrong(secret.span, f"{path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise Wrong(secret.span, f"{path}: is no UTF-8 text") from None

    # Cases.

    def _cases_of(self, scenario: Scenario, above: list[Declaration], path: Path) -> Iterator[Case]:
        own = list(self._with_includes(scenario.declarations, (path.resolve(),)))
        heads, steps = _heads(scenario.steps)
        steps = self._filled(steps)
        conditions = [head.condition for head in heads if isinstance(head, OnlyWhen)]
        tables = [head for head in heads if isinstance(head, ForEach)]
        if len(tables) > 1:
            self.problems.append(Problem(tables[1].span, "a second table for the same scenario"))
        rows = self._rows(tables[0].table) if tables else [{}]
        if len(rows) > MAX_CASES:
            self.problems.append(Problem(tables[0].span, f"more than {MAX_CASES} rows"))
            return
        for number, row in enumerate(rows, 1):
            yield self._case(scenario, above, own, row, number if tables else 0, conditions, steps)

    def _tags(self, scenario: Scenario, scope: Scope) -> tuple[str, ...]:
        """The tags, which may have variables."""
        try:
            return tuple(scope.text(parse_text(tag, scenario.span)) for tag in scenario.tags)
        except Wrong as wrong:
            self.problems.append(wrong.problem)
            return ()

    def _filled(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Steps with the rows of the files that their tables are in."""
        return tuple(self._filled_step(step) for step in steps)

    def _filled_step(self, step: Step) -> Step:
        if isinstance(step, ForEach) and step.table.file:
            rows = self._csv(step.table)
            columns = tuple(rows[0]) if rows else ()
            cells = [tuple(Text((row[name],), quoted=False, span=step.span) for name in columns) for row in rows]
            table = Table(columns, tuple(Row(row, span=step.span) for row in cells), span=step.table.span)
            return replace(step, table=table, steps=self._filled(step.steps))
        if isinstance(step, ForEach | OnlyWhen | Meanwhile | Together | Repeat):
            return replace(step, steps=self._filled(step.steps))
        return step

    def _rows(self, table: Table) -> list[dict[str, str]]:
        if table.file:
            return self._csv(table)
        scope = Scope(dict(self.variables))
        rows = []
        for row in table.rows:
            try:
                rows.append(dict(zip(table.columns, map(scope.text, row.cells), strict=True)))
            except Wrong as wrong:
                self.problems.append(wrong.problem)
        return rows

    def _csv(self, table: Table) -> list[dict[str, str]]:
        path = Path(table.span.file).parent / table.file
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                lines = [line for line in csv.reader(file) if line]
        except OSError as error:
            self.problems.append(Problem(table.span, f"{path}: {error.strerror}"))
            return []
        except (UnicodeDecodeError, csv.Error) as error:
            self.problems.append(Problem(table.span, f"{path}: not CSV: {error}"))
            return []
        if len(lines) < 2:
            self.problems.append(
                Problem(table.span, f"{path}: a line of names and at least one of values are expected")
            )
            return []
        names, *rows = lines
        for number, row in enumerate(rows, 2):
            if len(row) != len(names):
                said = f"{path}:{number}: {len(row)} values, but there are {len(names)} names"
                self.problems.append(Problem(table.span, said))
                return []
        return [dict(zip((name.strip() for name in names), row, strict=True)) for row in rows]

    def _case(
        self,
        scenario: Scenario,
        above: list[Declaration],
        own: list[Declaration],
        row: dict[str, str],
        number: int,
        conditions: list[Condition],
        steps: tuple[Step, ...],
    ) -> Case:
        scope = self._scope((*above, *own), row)
        declared = Declared(scope, self.problems)
        declared.add(above)
        declared.add(own)
        setup = declared.setup()
        skip = ""
        name = "?"
        try:
            name = scope.text(scenario.name)
            skip = next((f"only when {_said(c, scope)}" for c in conditions if not holds(c, scope)), "")
        except Wrong as wrong:
            self.problems.append(wrong.problem)
        place = f"{scenario.span.file}:{scenario.span.line}"
        if number and name == scope.masked("".join(p for p in scenario.name.parts if isinstance(p, str))):
            name += f" ({', '.join(f'{key}={value}' for key, value in row.items())})"
        case = Case(
            f"{place}#{number}" if number else place,
            scope.masked(name),
            scenario.span,
            self._tags(scenario, scope),
            {key: scope.masked(value) for key, value in row.items()},
            scope,
            setup,
            steps,
            skip,
            {path: source.lines for path, source in self.sources.items()},
        )
        if not self.problems or number <= 1:
            check_case(case, self.problems)
        return case


def _said(condition: Condition, scope: Scope) -> str:
    left = "".join(part if isinstance(part, str) else f"${part.name}" for part in condition.left.parts)
    return scope.masked(f"{left} {condition.operator} …")


def _heads(steps: tuple[Step, ...]) -> tuple[list[ForEach | OnlyWhen], tuple[Step, ...]]:
    """What stands in a scenario's head and is about the whole of it: conditions and a table, without steps."""
    heads: list[ForEach | OnlyWhen] = []
    rest: list[Step] = []
    for step in steps:
        if isinstance(step, ForEach | OnlyWhen) and not step.steps and not rest:
            heads.append(step)
        else:
            rest.append(step)
    return heads, tuple(rest)
