"""What people install: the wheel, outside the checkout."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("codecs", "hsm_sim", "switch", "network_sim", "bench", "cli")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from what git would commit, away from the checkout's own build folder."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for file in _files(ROOT):
        target = source / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / file).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", out, source],
        check=True,
        capture_output=True,
    )
    (path,) = out.glob("saklar-*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("saklar/") for name in archive.namelist() if name.startswith("saklar/")}
    tree = {str(file) for file in _files(ROOT) if file.parts[0] in ROOMS and file.suffix in {".py", ".toml", ".typed"}}
    assert packed == tree


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A clean environment with the wheel; its dependencies are those of this one, by path."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    site = next((folder / "lib").glob("python*/site-packages"))
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", wheel],
        check=True,
        capture_output=True,
    )
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(ours) + "\n")
    return folder


def _saklar(installed, cwd, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "COLUMNS": "100"}
    command = [str(installed / "bin" / "saklar"), *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_installed_program_is_the_wheels(installed, tmp_path):
    code = "import saklar.codecs; print(saklar.codecs.__file__)"
    run = subprocess.run(
        [installed / "bin" / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith(str(installed))


def test_the_installed_program_shows_its_help(installed, tmp_path):
    run = _saklar(installed, tmp_path, "--help")
    assert run.returncode == 0
    assert "demo" in run.stdout


def test_the_installed_program_decodes_a_message(installed, tmp_path):
    message = "0200" + "4010000000000000" + "164000000000000002" + "100000"
    run = _saklar(installed, tmp_path, "decode", "--dialect", "iso87-ascii", message.encode().hex(), "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "dialect": "iso87-ascii",
        "header": None,
        "mti": "0200",
        "fields": {"2": "4000000000000002", "12": "100000"},
    }


def _files(root):
    """The files that git has, or would take, without asking git: an archive of the project has none."""
    keep = {"pyproject.toml", "setup.py", "README.md", "LICENSE"}
    for path in sorted(root.iterdir()):
        if path.name in keep:
            yield Path(path.name)
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root)
