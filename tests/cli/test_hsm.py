"""`saklar hsm`, as a process: how it starts, how it ends, and what it lists."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from saklar.hsm_sim.commands import COMMANDS

PROGRAM = [Path(sys.executable).parent / "saklar", "--log-format", "json", "hsm"]


def run(*arguments):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_a_signal_ends_it_cleanly(end):
    with subprocess.Popen([*PROGRAM, "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        started = json.loads(process.stderr.readline())
        with socket.create_connection((started["host"], started["port"]), timeout=10) as client:
            client.sendall(b"\x00\x060001NC")
            assert client.recv(100)[2:] == b"0001ND0026860474449124220001-E000"
        process.send_signal(end)
        assert process.wait(timeout=10) == 0
    assert started["lmk_check_value"] == "268604"
    assert started["commands"] == len(COMMANDS)


def test_a_port_in_use_is_one_line_and_exit_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert (ended.returncode, ended.stderr) == (2, f"saklar: cannot listen on 127.0.0.1:{port}: the port is in use\n")


def test_an_lmk_file_that_is_not_there_is_one_line_and_exit_2(tmp_path):
    ended = run("--lmk", str(tmp_path / "no.toml"))
    assert ended.returncode == 2
    assert ended.stderr == f"saklar: --lmk: {tmp_path / 'no.toml'}: No such file or directory\n"


def test_it_lists_its_commands():
    listed = json.loads(run("commands", "--json").stdout)
    assert [command["command"] for command in listed] == sorted(COMMANDS)


def test_it_shows_the_fields_of_one_command():
    (shown,) = json.loads(run("commands", "B2", "--json").stdout)
    assert shown["request_fields"] == [{"name": "data", "form": "4H, nB", "about": "any bytes, behind their count"}]


def test_it_shows_a_page_to_people():
    assert "source_pin_block" in run("commands", "CC").stdout


def test_a_command_that_it_does_not_know_is_exit_2():
    ended = run("commands", "ZZ")
    assert ended.returncode == 2
    assert "there is no command ZZ; there are: A0, A6" in ended.stderr
