"""`saklar hsm`: what it lists and refuses; and as a process, how it starts and ends."""

import json
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from saklar.hsm_sim.commands import COMMANDS

PROGRAM = [Path(sys.executable).parent / "saklar", "--log-format", "json", "hsm"]


@pytest.fixture
def run(saklar):
    return lambda *arguments: saklar("--log-format", "json", "hsm", *arguments)


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


def test_a_port_in_use_is_one_line_and_exit_2(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert (ended.returncode, ended.stderr) == (2, f"saklar: cannot listen on 127.0.0.1:{port}: the port is in use\n")


def test_an_lmk_file_that_is_not_there_is_one_line_and_exit_2(run, tmp_path):
    ended = run("--lmk", str(tmp_path / "no.toml"))
    assert ended.returncode == 2
    assert ended.stderr == f"saklar: --lmk: {tmp_path / 'no.toml'}: No such file or directory\n"


def test_it_lists_its_commands(run):
    listed = json.loads(run("commands", "--json").stdout)
    assert [command["command"] for command in listed] == sorted(COMMANDS)


def test_it_shows_the_fields_of_one_command(run):
    (shown,) = json.loads(run("commands", "B2", "--json").stdout)
    assert shown["request_fields"] == [{"name": "data", "form": "4H, nB", "about": "any bytes, behind their count"}]


def test_it_shows_a_page_to_people(run):
    assert "source_pin_block" in run("commands", "CC").stdout


def test_a_command_that_it_does_not_know_is_exit_2(run):
    ended = run("commands", "ZZ")
    assert ended.returncode == 2
    assert "there is no command ZZ; there are: A0, A4, A6" in ended.stderr


@pytest.fixture
def started():
    """Starts the HSM with these options; gives its address and what ends it and reads its log."""
    processes = []

    def started(*options):
        process = subprocess.Popen([*PROGRAM, "--port", "0", *options], stderr=subprocess.PIPE, text=True)
        processes.append(process)
        line = json.loads(process.stderr.readline())

        def log():
            process.send_signal(signal.SIGTERM)
            return [json.loads(line) for line in process.communicate(timeout=10)[1].splitlines()]

        return (line["host"], line["port"]), log

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def ask(address, *requests):
    """The responses to requests, one after the other, on one connection; it may end before."""
    with socket.create_connection(address, timeout=10) as client:
        for request in requests:
            client.sendall(len(request).to_bytes(2, "big") + request)
            if response := client.recv(1000)[2:]:
                yield response


def test_the_trace_shows_each_request_and_response(started):
    address, log = started("--trace")
    key = b"U1EF828AA8F6B80EB83E19FBC373F3A85"
    assert list(ask(address, b"0001BU011" + key)) == [b"0001BV006F1E3F74F826B7EB"]
    lines = {line["event"]: line for line in log()}
    assert lines["hsm.request"]["title"] == "Generate a key check value"
    assert lines["hsm.request"]["key"] == "***"
    assert lines["hsm.response"]["meaning"] == "no error"
    assert key.decode() not in str(lines)


def test_faults_strike_as_they_are_told_and_the_end_says_how_many(started):
    address, log = started("--fault", "B2 error 20 every 2", "--fault", "NC close at 2", "--fault-seed", "7")
    echo, diagnose = b"0001B20001x", b"0002NC"
    assert list(ask(address, echo, echo, echo, diagnose)) == [
        b"0001B300x",
        b"0001B320",
        b"0001B300x",
        b"0002ND0026860474449124220001-E000",
    ]
    assert list(ask(address, diagnose)) == []
    totals = log()[-1]
    assert totals["event"] == "hsm.stopped"
    assert (totals["commands"], totals["errors"], totals["faults"], totals["dropped"]) == (4, 1, 2, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fault", "CC eror 20"), '--fault: "CC eror 20": "eror" stands where error, close or latency is expected'),
        (("--allow", "10.0.0.0/33"), "--allow: '10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"),
        (("--client-ca", "ca.pem"), "--client-ca: needs --certificate"),
        (("--certificate", "/no/such.pem"), "--certificate: /no/such.pem: No such file or directory"),
    ],
)
def test_an_option_that_cannot_be_is_one_line_and_exit_2(run, options, message):
    ended = run(*options)
    assert (ended.returncode, ended.stderr) == (2, f"saklar: {message}\n")


def test_a_silent_client_is_cut_off(started):
    address, log = started("--idle-timeout", "0.1")
    with socket.create_connection(address, timeout=10) as client:
        assert client.recv(1) == b""
    assert log()[0]["reason"] == "it is silent"


def test_a_client_that_is_not_allowed_is_closed(started):
    address, log = started("--allow", "192.0.2.1", "--allow", "10.0.0.0/8")
    with socket.create_connection(address, timeout=10) as client:
        assert client.recv(1) == b""
    assert log()[0]["reason"] == "its address is not allowed"


def test_it_speaks_tls_to_clients_with_a_certificate(started, tmp_path):
    authority = trustme.CA()
    for name, content in {
        "server": authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem,
        "client": authority.issue_cert("client").private_key_and_cert_chain_pem,
        "authority": authority.cert_pem,
    }.items():
        content.write_to_path(tmp_path / name)
    address, _ = started("--certificate", str(tmp_path / "server"), "--client-ca", str(tmp_path / "authority"))
    context = ssl.create_default_context(cafile=tmp_path / "authority")
    context.load_cert_chain(tmp_path / "client")
    with (
        socket.create_connection(address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        client.sendall(b"\x00\x060001NC")
        assert client.recv(100)[2:].startswith(b"0001ND00")
