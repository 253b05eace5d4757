"""The shape of the project: imports point one way, and it speaks of itself alone."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_imports_point_one_way():
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_importing_a_room_does_not_import_those_to_its_right():
    code = "import sys, saklar.codecs; print([m for m in sys.modules if m.startswith(('saklar.', 'trio'))])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "saklar.codecs" in run.stdout
    assert "trio" not in run.stdout
    assert "saklar.switch" not in run.stdout
