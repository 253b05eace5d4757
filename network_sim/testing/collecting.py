"""Scenario files as pytest has tests: a file is a collector, a case an item."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from saklar.network_sim.scenario import (
    Case,
    CaseResult,
    Options,
    Problem,
    ScenarioError,
    Selection,
    load_cases,
    play,
)
from saklar.network_sim.scenario.language import Span, did_you_mean
from saklar.network_sim.scenario.telling import explanation
from saklar.switch.links import Address

ERROR = 40
MAX_SEED = 1_000_000
SEED = "saklar_seed"
"""What a worker of pytest-xdist is told of the run."""


@dataclass
class Plays:
    """How scenarios are played in this run of pytest.

    Attributes:
        roots: files and folders; only what is in them is collected.
        declared: the names of the variables that files declare, as far as they were read.
        results: of cases that were played with another, by their ids.
    """

    roots: tuple[Path, ...]
    variables: dict[str, str]
    tags: tuple[str, ...]
    seed: int
    against: Address | None
    declared: set[str] = field(default_factory=set)
    results: dict[str, CaseResult] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        """For `play`."""
        return Options(self.seed, against=self.against, variables=self.variables)

    def holds(self, path: Path) -> bool:
        """Whether a file is one of those to be played."""
        return any(path.is_relative_to(root) for root in self.roots)

    def unknown_variables(self) -> list[str]:
        """What is wrong with the variables that were given: each that no file declares."""
        unknown = sorted(set(self.variables) - self.declared)
        problems = [
            Problem(Span("--saklar-var", 1), f"no file declares a variable {name}", did_you_mean(name, self.declared))
            for name in unknown
        ]
        return [f"--saklar-var: {p.message}" + (f"; {p.hint}" if p.hint else "") for p in problems]


def plays_of(config: pytest.Config, roots: Iterable[Path]) -> Plays:
    """The options of this run.

    Raises:
        UsageError: one cannot be used.
    """
    variables = dict(map(_assignment, config.getoption("saklar_var")))
    tags = tuple(config.getoption("saklar_tag"))
    text = config.getoption("saklar_against")
    try:
        against = Address.parse(text) if text else None
    except ValueError as error:
        raise pytest.UsageError(f"--saklar-against: {error}") from None
    return Plays(tuple(roots), variables, tags, seed_of(config), against)


def seed_of(config: pytest.Config) -> int:
    """The seed that was given, or one that all workers of this run have."""
    given: int | None = config.getoption("saklar_seed")
    if given is None:
        given = getattr(config, "workerinput", {}).get(SEED, secrets.randbelow(MAX_SEED))
    return given


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise pytest.UsageError(f"--saklar-var: {text!r} is no assignment: name=value is expected")
    return name, value


class ScenarioFailed(Exception):
    """A case did not pass."""

    def __init__(self, result: CaseResult) -> None:
        super().__init__(result.id)
        self.result = result


@dataclass(frozen=True)
class _Crash:
    message: str


class _Explanation:
    """A failure as pytest shows it: the whole of it, and `reprcrash` for the line in the summary."""

    def __init__(self, result: CaseResult) -> None:
        self._text = explanation(result).rstrip()
        first = result.failures[0] if result.failures else None
        self.reprcrash = _Crash(f"{first.place}: {first.message}" if first else result.verdict)

    def __str__(self) -> str:
        return self._text

    def toterminal(self, writer: Any) -> None:
        """Write it."""
        for line in self._text.splitlines():
            marked = line.startswith(("  ! ", "FAILED ", "ERROR "))
            writer.line(line, red=marked, bold=marked)


class ScenarioFile(pytest.File):
    """A file of cases."""

    plays: Plays

    def collect(self) -> Iterator[ScenarioItem]:
        """Its cases."""
        names: dict[str, int] = {}
        for case in self._cases():
            name = _name(case)
            count = names[name] = names.get(name, 0) + 1
            item: ScenarioItem = ScenarioItem.from_parent(
                self, name=f"{name} #{count}" if count > 1 else name, case=case, plays=self.plays
            )
            yield item

    def _cases(self) -> list[Case]:
        plays = self.plays
        try:
            return load_cases([_shown(self)], plays.variables, Selection(plays.tags), declared=plays.declared)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None


class ScenarioItem(pytest.Item):
    """A case."""

    obj = None
    """Plugins look at the function of any item; this one has none."""

    def __init__(self, *, case: Case, plays: Plays, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        self._plays = plays
        self.extra_keyword_matches.update(case.tags)

    def runtest(self) -> None:
        """Play it.

        Raises:
            ScenarioFailed: it did not pass.
        """
        result = self._played()
        self.user_properties += [("seed", result.seed), ("rerun", result.rerun)]
        if result.verdict == "skipped":
            pytest.skip(result.reason)
        if not result.passed:
            raise ScenarioFailed(result)

    def _played(self) -> CaseResult:
        """What came of it; cases that share a network are played together, when the first of them is due."""
        results = self._plays.results
        if self.case.id not in results:
            with _quiet():
                run = play(self._companions(), self._plays.options)
            if run.interrupted:
                raise KeyboardInterrupt
            results.update({result.id: result for result in run.cases})
        return results.pop(self.case.id)

    def _companions(self) -> list[Case]:
        network = self.case.setup.network
        if self._plays.against is not None or network is None or not network.shared:
            return [self.case]
        items = (item for item in self.session.items if isinstance(item, ScenarioItem))
        return [item.case for item in items if item.path == self.path]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """As `saklar play` shows it."""
        if isinstance(excinfo.value, ScenarioFailed):
            return _Explanation(excinfo.value.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line (from 0) and name."""
        return self.path, self.case.span.line - 1, self.name


def mark(items: Iterable[pytest.Item], config: pytest.Config) -> list[tuple[ScenarioItem, str]]:
    """Give cases their tags as markers, for -m.

    Returns:
        Those that have a meaning of their own (`timeout`, `skip`): they may not stay.
    """
    known = {line.split(":")[0].split("(")[0].strip() for line in config.getini("markers")}
    ours: set[str] = set()
    foreign = []
    for item in items:
        if not isinstance(item, ScenarioItem):
            continue
        for tag in item.case.tags:
            if tag not in known | ours:
                config.addinivalue_line("markers", f"{tag}: a tag of scenarios")
                ours.add(tag)
            item.add_marker(tag)
            if tag in known:
                foreign.append((item, tag))
    return foreign


def unmark(marked: Iterable[tuple[ScenarioItem, str]]) -> None:
    """Take those markers away again."""
    for item, tag in marked:
        item.own_markers = [marker for marker in item.own_markers if marker.name != tag]


def _name(case: Case) -> str:
    """The name of its test; pytest itself reads `::` as the end of a name."""
    return case.name.replace("::", ":")


def _shown(file: pytest.File) -> Path:
    """Its path as the command that plays it again has it: from where pytest was started, if it is below."""
    start = file.config.invocation_params.dir
    return file.path.relative_to(start) if file.path.is_relative_to(start) else file.path


@contextmanager
def _quiet() -> Iterator[None]:
    """Where nobody has configured the log, only errors: what happened is in the result."""
    if structlog.is_configured():
        yield
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(ERROR))
    try:
        yield
    finally:
        structlog.reset_defaults()
