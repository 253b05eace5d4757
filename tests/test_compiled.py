"""A compiled saklar does what an uncompiled one does, event by event."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from saklar.network_sim.simulation import simulate

ROOT = Path(__file__).parent.parent
SEEDS = range(60)

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler"),
]

PLAY = """
import hashlib, json, sys
from saklar.network_sim.simulation import simulate
from saklar.switch.engine import engine
assert engine.__file__.endswith(".so"), engine.__file__
runs = [simulate(seed) for seed in range(int(sys.argv[1]))]
print(json.dumps([[run.promises, run.events, hashlib.sha256("\\n".join(run.trace).encode()).hexdigest()] for run in runs]))
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The modules of a compiled wheel, in a folder."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("compiled")
    shutil.copytree(
        ROOT,
        source,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(".*", "build", "tests", "docs", "scenarios", "__pycache__"),
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", out, source],
        check=True,
        capture_output=True,
        env={**os.environ, "SAKLAR_MYPYC": "1", "SAKLAR_OPT": "0"},
    )
    (wheel,) = out.glob("saklar-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out)
    return out


def test_simulated_networks_live_the_same_lives(compiled):
    run = subprocess.run(
        [sys.executable, "-c", PLAY, str(len(SEEDS))],
        check=False,
        capture_output=True,
        text=True,
        cwd=compiled,
        env={**os.environ, "PYTHONPATH": str(compiled)},
    )
    assert run.returncode == 0, run.stderr
    lives = [simulate(seed) for seed in SEEDS]
    assert json.loads(run.stdout) == [
        [life.promises, life.events, hashlib.sha256("\n".join(life.trace).encode()).hexdigest()] for life in lives
    ]
