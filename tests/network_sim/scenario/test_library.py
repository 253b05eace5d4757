"""The scenarios that come with saklar, each a case: saklar does what they say."""

from collections import Counter
from pathlib import Path

import pytest

from saklar.network_sim.scenario import SUFFIX, Options, load_cases, play
from saklar.network_sim.scenario.language.formatting import formatted
from saklar.network_sim.scenario.language.source import Source
from saklar.network_sim.scenario.telling import explanation

LIBRARY = Path(__file__).parents[3] / "scenarios"
FILES = sorted(LIBRARY.rglob(f"*{SUFFIX}"))
PLAYED = [file for file in FILES if file.name != "common.scenario"]

LEAST_CASES = 220
"""Of all files together, each row of a table one."""

FLOWS = {
    "purchase": 5, "cash": 3, "cashback": 2, "refund": 2, "deposit": 1, "balance": 3, "transfer": 1, "preauth": 6,
    "completion": 4, "void": 2, "reversal": 40, "partial": 10, "early": 2, "unknown": 2, "advice": 10, "saf": 15,
    "parked": 1, "order": 4, "pin": 10, "hsm": 3, "keys": 4, "chip": 8, "contactless": 1, "fallback": 1, "cvv": 3,
    "track": 4, "decline": 8, "duplicates": 15, "suspicious": 3, "matching": 8, "timeout": 15, "late": 3, "links": 10,
    "limits": 4, "isolation": 3, "sign-on": 6, "sign-off": 3, "echo": 4, "drain": 1, "errors": 15, "malformed": 5,
    "bitmap": 2, "length": 4, "format": 3, "missing": 2, "mti": 3, "routing": 10, "bins": 3, "fail-over": 5, "loop": 1,
    "dialects": 8, "editions": 10, "ebcdic": 2, "bcd": 1, "header": 1, "crash": 8, "secrets": 3, "disk": 12,
}  # fmt: skip
"""By tag, of each flow of the engine: as many cases at least."""


@pytest.fixture(scope="module")
def cases():
    return load_cases(PLAYED)


@pytest.mark.parametrize("file", PLAYED, ids=lambda file: file.stem)
def test_saklar_does_what_the_library_says(file):
    result = play(load_cases([file]), Options(seed=1))
    assert result.passed, "\n".join(explanation(case) for case in result.cases if not case.passed)


def test_the_library_covers_every_flow(cases):
    counts = Counter(tag for case in cases for tag in case.tags)
    assert not {flow: counts[flow] for flow, least in FLOWS.items() if counts[flow] < least}


def test_the_library_has_grown_no_smaller(cases):
    assert len(cases) >= LEAST_CASES


def test_no_two_cases_of_the_library_have_one_name(cases):
    counts = Counter(case.name for case in cases)
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("file", PLAYED, ids=lambda file: file.stem)
def test_the_table_of_the_library_counts_the_cases_of(file):
    described = (LIBRARY / "README.md").read_text(encoding="utf-8")
    assert f"| `{file.name}` | {len(load_cases([file]))} |" in described


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_library_is_written_well(file):
    source = Source.read(file)
    assert formatted(source) == "\n".join(source.lines)
