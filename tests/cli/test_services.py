"""What the program says, where, and its exit code; and the services that it runs, as processes."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SAKLAR = Path(sys.executable).parent / "saklar"
VERBS = ("demo", "run", "check", "hsm", "issuer", "acquirer", "decode", "encode", "dialects", "bench")
DEMO = Path(__file__).parent.parent.parent / "network_sim" / "desk"


def program(*arguments, cwd):
    """Runs it as a shell does."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "COLUMNS": "120"}
    return subprocess.run(
        [SAKLAR, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def refused(run, *words):
    """Exit code 2, one clear message on standard error, no traceback."""
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    said = [line for line in run.stderr.splitlines() if line.startswith("saklar: ")]
    assert len(said) == 1, run.stderr
    for word in words:
        assert word in said[0]


def test_help_names_every_verb(tmp_path):
    run = program("--help", cwd=tmp_path)
    assert run.returncode == 0
    for verb in VERBS:
        assert f" {verb} " in run.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(saklar, verb):
    run = saklar(verb, "--help")
    assert run.returncode == 0
    assert "Usage: saklar " + verb in run.stdout


def test_the_version_is_told(saklar):
    assert saklar("--version").stdout.strip() == "0.1.0"


def switch_file(folder, old="", new=""):
    text = (DEMO / "switch.toml").read_text().replace("8583", "0").replace("8584", "0")
    assert old in text
    path = folder / "switch.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def with_its_own_hsm(file):
    """The text of a configuration that needs no HSM to connect to, for which it would wait."""
    text = file.read_text()
    assert text.count('connect = "127.0.0.1:1500"') == 1
    return text.replace('connect = "127.0.0.1:1500"', 'embedded = "test"')


def test_a_good_configuration_is_good(saklar, tmp_path):
    run = saklar("check", switch_file(tmp_path))
    assert run.returncode == 0
    assert "good (5 links, 3 BIN ranges)" in run.stdout


@pytest.mark.parametrize("verb", ["run", "check"])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('dialect = "iso87-ascii"', 'dialct = "iso87-ascii"', ["link.north.dialct", "did you mean dialect"]),
        ('"iso87-binary"', '"iso88"', ["link.south.dialect", "iso88"]),
        ('"iso87-binary"', '"./broken.toml"', ["link.south.dialect", "broken.toml: elements: is required"]),
        ('"510000-559999"', '"510000-559999", "520000"', ["route", "overlap"]),
    ],
    ids=["wrong key", "missing dialect", "invalid dialect", "overlapping routes"],
)
def test_a_configuration_that_cannot_be_used_is_one_clear_message(saklar, tmp_path, verb, old, new, words):
    (tmp_path / "broken.toml").write_text(
        'name = "b"\ntitle = "b"\nversion = "1987"\n[mti]\nencoding = "ascii"\n[bitmap]\nencoding = "hex"\n[encoding]\n'
        'n = "ascii"\nz = "ascii"\ntext = "ascii"\nb = "hex"\nlength = "ascii"\n'
    )
    refused(saklar(verb, switch_file(tmp_path, old, new)), "switch.toml: ", *words)


def test_a_port_in_use_is_one_clear_message(saklar, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = with_its_own_hsm(switch_file(tmp_path)).replace(
            'listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{port}"', 1
        )
        (tmp_path / "switch.toml").write_text(text)
        refused(saklar("run", "switch.toml"), "link.north.listen", str(port), "in use")


def test_keys_that_the_hsm_refuses_are_one_clear_message(saklar, tmp_path):
    text = with_its_own_hsm(switch_file(tmp_path))
    (tmp_path / "switch.toml").write_text(text.replace("6CA5B7", "000000"))
    refused(saklar("run", "switch.toml"), "link.north.zpk", "6CA5B7", "000000")


@pytest.mark.parametrize("verb", ["run", "check", "issuer", "acquirer"])
def test_a_file_that_is_not_there_is_one_clear_message(saklar, verb):
    refused(saklar(verb, "nothing.toml"), "nothing.toml: No such file or directory")


def test_a_process_ends_with_the_exit_code_and_the_message(tmp_path):
    refused(program("run", "nothing.toml", cwd=tmp_path), "nothing.toml: No such file or directory")


def test_a_taken_port_of_the_hsm_or_an_issuer_is_one_clear_message(saklar):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(saklar("hsm", "--port", port), f"127.0.0.1:{port}", "in use")
        run = saklar("issuer", DEMO / "bank-a.toml", "--listen", f"127.0.0.1:{port}")
        refused(run, "bank-a.toml", f"127.0.0.1:{port}", "in use")


def test_an_lmk_that_cannot_be_loaded_is_one_clear_message(saklar, tmp_path):
    (tmp_path / "lmk.json").write_text("{}")
    (tmp_path / "lmk.json").chmod(0o600)
    refused(saklar("hsm", "--lmk", "lmk.json"), "lmk.json", "no LMK file")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--card", "gold", "--connect", "127.0.0.1:9"], ["cannot connect to 127.0.0.1:9"]),
        (["--card", "brass"], ["no card 'brass'", "gold"]),
        (["--amount", "ten"], ["--amount", "ten"]),
        (["--amount", "1.005"], ["--amount"]),
        (["--connect", "nowhere"], ["--connect", "host:port"]),
        (["--messages", "nothing.jsonl"], ["nothing.jsonl: No such file"]),
    ],
)
def test_what_an_acquirer_cannot_do_is_one_clear_message(saklar, arguments, words):
    refused(saklar("acquirer", DEMO / "north.toml", *arguments), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "127.0.0.1:9", "--dialect", "iso87-ascii"], ["cannot connect to 127.0.0.1:9"]),
        (["--target", "127.0.0.1:9", "--dialect", "iso99"], ["iso99", "iso87-ascii"]),
        (["--target", "nowhere", "--dialect", "iso87-ascii"], ["--target"]),
        (["--target", "127.0.0.1:9", "--dialect", "iso87-ascii", "--framing", "x"], ["framing", "binary-2"]),
        (["--target", "127.0.0.1:9", "--dialect", "iso87-ascii", "--pan", "4" * 20], ["--pan", "12 to 19"]),
    ],
)
def test_what_a_benchmark_cannot_do_is_one_clear_message(saklar, arguments, words):
    refused(saklar("bench", "tps", *arguments), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["saturate"], ["--target HOST:PORT", "--own NAME"]),
        (["saturate", "--own", "jpos"], ["jpos", "strict"]),
        (["saturate", "--own", "raw", "--for", "soon"], ["--for", "90s, 30m or 8h"]),
        (["saturate", "--target", "127.0.0.1:9"], ["--dialect"]),
        (["soak", "--own", "raw", "--for", "1s", "--interval", "1m"], ["--interval: 1m is longer"]),
        (["soak", "--own", "raw", "--mix", "none.toml"], ["none.toml"]),
        (["sweep", "--own", "raw", "--rates", "1,x"], ["--rates", "1000,2000,4000"]),
        (
            ["sweep", "--own", "raw", "--rates", "1,2", "--connections", "1,2"],
            ["rate and connections cannot both vary"],
        ),
        (["sweep", "--own", "raw", "--connections", "1.5"], ["--connections", "whole numbers"]),
        (["compare", "raw", "python=/nowhere"], ["/nowhere"]),
        (["compare", "raw", "config=none.toml"], ["none.toml"]),
        (["compare", "raw", "raw", "--load", "4"], ["4x50"]),
        (["switch", "--python", "/nowhere"], ["/nowhere"]),
    ],
)
def test_what_a_mode_of_the_benchmark_cannot_do_is_one_clear_message(saklar, arguments, words):
    refused(saklar("bench", *arguments), *words)


class Service:
    """A verb that runs on, with its log lines."""

    def __init__(self, *arguments, cwd):
        environment = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
        self.process = subprocess.Popen(
            [SAKLAR, *map(str, arguments)],
            cwd=cwd,
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines = []

    def wait_for(self, event):
        """The fields of the first log line about this event from now on."""
        for line in self.process.stderr:
            self.lines.append(line)
            fields = json.loads(line)
            if fields["event"] == event:
                return fields
        raise AssertionError(self.lines)

    def end(self, sig):
        self.process.send_signal(sig)
        _, rest = self.process.communicate(timeout=20)
        return self.process.returncode, rest


@pytest.fixture
def start(tmp_path):
    services = []

    def start(*arguments):
        services.append(Service(*arguments, cwd=tmp_path))
        return services[-1]

    yield start
    for service in services:
        service.process.kill()
        service.process.communicate()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("verb", ["run", "hsm", "issuer"])
def test_a_service_ends_cleanly_at_a_signal(start, tmp_path, verb, sig):
    (tmp_path / "switch.toml").write_text(with_its_own_hsm(switch_file(tmp_path)))
    (tmp_path / "bank-a.toml").write_text(with_its_own_hsm(DEMO / "bank-a.toml"))
    arguments = {
        "run": ("run", "switch.toml"),
        "hsm": ("hsm", "--port", 0),
        "issuer": ("issuer", "bank-a.toml", "--listen", "127.0.0.1:0"),
    }
    started = {"run": "switch.started", "hsm": "hsm.listening", "issuer": "issuer.listening"}
    service = start(*arguments[verb])
    service.wait_for(started[verb])
    code, rest = service.end(sig)
    assert code == 0, rest
    assert "Traceback" not in rest


def test_the_parties_of_a_network_may_be_processes(start, tmp_path):
    """By hand what the demo does: an HSM, an issuer, the switch, and a purchase, each its own program."""
    hsm = start("hsm", "--port", 0).wait_for("hsm.listening")
    bank_text = (DEMO / "bank-a.toml").read_text().replace("127.0.0.1:1500", f"127.0.0.1:{hsm['port']}")
    (tmp_path / "bank.toml").write_text(bank_text)
    bank = start("issuer", "bank.toml", "--listen", "127.0.0.1:0").wait_for("issuer.listening")
    text = switch_file(tmp_path, "127.0.0.1:9001", bank["address"]).read_text()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = text.replace("127.0.0.1:1500", f"127.0.0.1:{hsm['port']}").replace("127.0.0.1:0", f"127.0.0.1:{port}", 1)
    (tmp_path / "switch.toml").write_text(text)
    switch = start("run", "--trace", "switch.toml")
    switch.wait_for("link.signed_on")
    run = program(
        "acquirer", DEMO / "north.toml", "--connect", f"127.0.0.1:{port}", "--json", "--reverse", cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    assert [json.loads(line)["rc"] for line in run.stdout.splitlines()] == ["00", "00"]
    traced = switch.wait_for("transaction")
    assert (traced["rc"], traced["issuer"], traced["pan"]) == ("00", "bank-a", "400000******0002")
    assert switch.end(signal.SIGTERM)[0] == 0
