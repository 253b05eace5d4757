"""What docs/pytest.md shows is true, and the example project passes its tests."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "pytest.md").read_text()
TESTS = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "def test_" in block]
OPTIONS = re.findall(r"`(--saklar[a-z-]*)", PAGE)


@pytest.mark.parametrize("block", TESTS, ids=lambda block: re.search(r"def (test_\w+)", block)[1])
def test_the_tests_on_the_page_pass(block, pytester):
    pytester.makepyfile(block)
    passed = block.count("def test_")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=passed)


def test_the_page_has_every_option(pytester):
    shown = set(re.findall(r"--saklar[a-z-]*", pytester.runpytest_inprocess("--help").stdout.str()))
    assert shown == set(OPTIONS)


def test_the_example_project_passes(tmp_path):
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "pytest-project", project)
    before = set(project.rglob("*"))
    command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "12 passed" in run.stdout
    assert set(project.rglob("*")) == before
