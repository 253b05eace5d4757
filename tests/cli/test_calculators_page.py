"""The page about the calculators does not lie: what its examples print is what they print."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app

PAGE = Path(__file__).parent.parent.parent / "docs" / "calculators.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
EXAMPLES = [
    pytest.param(shlex.split(command.replace("\\\n", "")), output, id=command.partition(" --")[0])
    for block in BLOCKS
    for command, output in re.findall(r"^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


@pytest.mark.parametrize(("words", "output"), EXAMPLES)
def test_an_example_prints_what_the_page_says(words, output):
    run = CliRunner().invoke(app, words[1:])
    assert (words[0], run.exit_code, run.stdout) == ("saklar", 0, output)


def test_the_page_has_an_example_of_each_kind():
    kinds = {example.values[0][1] for example in EXAMPLES}
    assert kinds == {"pin", "cvv", "arqc", "mac", "dukpt", "tr31", "kcv"}


def test_the_examples_in_python_are_true():
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.attempted > 0
    assert done.failed == 0
