"""The scenarios that come with saklar, each a case: saklar does what they say."""

from pathlib import Path

import pytest

from saklar.network_sim.scenario import SUFFIX, Options, load_cases, play
from saklar.network_sim.scenario.language import Source
from saklar.network_sim.scenario.language.formatting import formatted
from saklar.network_sim.scenario.telling import explanation

LIBRARY = Path(__file__).parents[3] / "scenarios"
FILES = sorted(LIBRARY.rglob(f"*{SUFFIX}"))


@pytest.mark.parametrize("file", [f for f in FILES if f.name != "common.scenario"], ids=lambda file: file.stem)
def test_saklar_does_what_the_library_says(file):
    result = play(load_cases([file]), Options(seed=1))
    assert result.passed, "\n".join(explanation(case) for case in result.cases if not case.passed)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_library_is_written_well(file):
    source = Source.read(file)
    assert formatted(source) == "\n".join(source.lines)
