"""docs/testing-your-host.md: its files are those of examples/own-host, and each command on it shows what it says."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from saklar.network_sim.scenario.language import Source
from saklar.network_sim.scenario.language.formatting import formatted

pytestmark = pytest.mark.timeout(300)  # the first test waits until the whole page has been played

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own-host"
PAGE = (ROOT / "docs" / "testing-your-host.md").read_text()
BLOCKS = re.findall(r"(?:^<!-- (.*?) -->\n)?^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
FILES = {
    name: content
    for _, kind, block in BLOCKS
    if kind in ("scenario", "toml")
    for name, content in [block.removeprefix("# ").split("\n", 1)]
}
PORTS = ("9000", "9001", "9100", "8583")
SKIPPED = "…"
"""A line of what a command shows that stands for any lines."""

VARYING = (
    (r"\d{4}-\d\d-\d\d[T ][\d:.+]+", "TIME"),
    (r"\b[0-9a-f]{20}\b", "ID"),
    (r"seed \d+", "SEED"),
    (r"\b\d+ of \d+ plays|\b\d+ messages", "PLAYS"),
    (r"(?<![\d.])\d+\.\d+(?![\d.])", "0.0"),
    (r"\b\d{5,}\b", "00000"),
    (r"\b\d{4,}C\d+\b|\b0002360C\d+", "BALANCE"),
    (r"the runner: it .*", "the runner: …"),
    (r" +", " "),
    (r"\b\d+(?= 0\.0 0\.0)", "COUNT"),
)
"""What is another each time: times, ids, seeds, numbers of messages, balances."""


@dataclass
class Command:
    """A command of the page, what is said to be done with it, and what it is said to show."""

    text: str
    how: str
    shows: list[str]


def commands():
    found = []
    for how, kind, block in BLOCKS:
        if kind == "console":
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *shows = part.rstrip("\n").split("\n")
                found.append(Command(command, how, shows))
        elif kind == "diff":
            found.append(Command(block, "write", []))
    return found


COMMANDS = commands()
RUN = [(number, command) for number, command in enumerate(COMMANDS) if command.how != "write"]


def plain(text, ports):
    """A line without what varies."""
    for port, free in ports.items():
        text = re.sub(rf"\b{free}\b", port, text)
    for pattern, instead in VARYING:
        text = re.sub(pattern, instead, text)
    return text.strip()


def as_shown(shown, lines):
    """Whether lines are what is shown, where `…` is any of them."""
    if not shown:
        return not lines
    if shown[0] == SKIPPED:
        return any(as_shown(shown[1:], lines[at:]) for at in range(len(lines) + 1))
    return bool(lines) and shown[0] == lines[0] and as_shown(shown[1:], lines[1:])


class Reader:
    """Somebody who does what the page says, in a folder of his own, and keeps what he saw."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.saw = {}
        self.beside = None
        self.up = {}
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for path in [*folder.rglob("*.scenario"), *folder.rglob("*.toml")]:
            path.write_text(self.with_ports(path.read_text()))

    def with_ports(self, text):
        for port, free in self.ports.items():
            text = re.sub(rf"\b{port}\b", free, text)
        return text

    def start(self, command, **options):
        command = command.replace("--for 30s", "--for 4s")  # for people, who go from one terminal to another
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "COLUMNS": "120",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(
            ["sh", "-c", f"exec {self.with_ports(command)}"],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def output(self, command):
        with self.start(command) as process:
            said, _ = process.communicate(timeout=120)
        return said

    def do(self, number, command):
        how, _, which = command.how.partition(": ")
        which, _, until = which.partition(", until ")
        if how == "write":
            line, added = (line[1:] for line in command.text.rstrip("\n").split("\n"))
            path = self.folder / "host.py"
            assert f"{line}\n" in path.read_text()
            path.write_text(path.read_text().replace(f"{line}\n", f"{line}\n{added}\n"))
        elif how == "stays up":
            self.keep(number, command, which, until or command.shows[-1])
        elif how == "beside the next":
            self.beside = number, self.start(command.text)
        else:
            if how == "again":
                self.again(which)
            self.saw[number] = self.output(command.text)
            if self.beside is not None:
                while "refused" in self.saw[number]:  # what it talks to is not there yet
                    self.saw[number] = self.output(command.text)
                before, process = self.beside
                self.saw[before], _ = process.communicate(timeout=60)
                self.beside = None

    def keep(self, number, command, name, until):
        process = self.start(command.text)
        lines = []
        while not lines or plain(until, self.ports) not in plain(lines[-1], self.ports):
            lines.append(process.stdout.readline())
            assert lines[-1], "".join(lines)
        self.saw[number] = "".join(lines) if command.shows else ""
        self.up[name] = command, process

    def again(self, name):
        command, process = self.up[name]
        stop(process)
        self.keep(-1, command, name, command.shows[-1])


def stop(process):
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Who has done all that the page says, from top to bottom."""
    found = Reader(tmp_path_factory.mktemp("page") / "my-tests")
    try:
        for number, command in enumerate(COMMANDS):
            found.do(number, command)
        yield found
    finally:
        for _, process in found.up.values():
            stop(process)


@pytest.mark.parametrize(("number", "command"), RUN, ids=lambda value: getattr(value, "text", str(value)))
def test_what_the_page_shows_is_what_comes(reader, number, command):
    shown = [plain(line, {}) for line in command.shows]
    came = [plain(line, reader.ports) for line in reader.saw[number].rstrip().split("\n")]
    assert as_shown(shown or [""], came), reader.saw[number]


@pytest.mark.parametrize("name", FILES)
def test_the_files_on_the_page_are_those_of_the_example(name):
    assert (EXAMPLE / name).read_text() == FILES[name]


def test_every_file_of_the_example_is_on_the_page():
    found = [*EXAMPLE.rglob("*.scenario"), *EXAMPLE.rglob("*.toml")]
    assert {str(path.relative_to(EXAMPLE)) for path in found} == set(FILES)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".scenario")])
def test_the_scenarios_of_the_example_are_written_well(name):
    assert formatted(Source.of(FILES[name], name)) == FILES[name]


def test_the_example_is_where_the_page_has_it_from():
    assert "cp -r examples/own-host ../my-tests" in PAGE
    assert ". ../saklar/.venv/bin/activate" in PAGE
