"""Scenarios: a tester's list of cases as files that drive a card network and say whether it did what it should.

`load_cases` reads files into cases, checked; `play` plays them and gives a `RunResult`, plain data that is masked.
`language` has the text's tree and its errors, `result` the data for reports, `telling` results as text.
"""

from saklar.network_sim.scenario.expansion import SUFFIX, Selection, load_cases
from saklar.network_sim.scenario.facts import Case
from saklar.network_sim.scenario.language import Problem, ScenarioError
from saklar.network_sim.scenario.playing import Options, play
from saklar.network_sim.scenario.result import CaseResult, RunResult
from saklar.network_sim.scenario.stage import NotStaged, Stage, open_stage

__all__ = [
    "SUFFIX",
    "Case",
    "CaseResult",
    "NotStaged",
    "Options",
    "Problem",
    "RunResult",
    "ScenarioError",
    "Selection",
    "Stage",
    "load_cases",
    "open_stage",
    "play",
]
