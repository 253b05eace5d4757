"""Chaos between parties and a host that is not saklar's: what it is held to, of which only connections are seen."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from saklar.codecs import load_dialect
from saklar.network_sim.scenario import Options, play, station
from saklar.network_sim.scenario.chaos import Chaos
from saklar.switch.engine.messages import answer_to

DIALECT = load_dialect("iso87-ascii")
BUY = "acq1 sends 0200 purchase\nacq1 expects 0210 39=00 within 2 s\n"
CASES = "acquirer acq1 -> 127.0.0.1:{port}\n" + "".join(f'\nscenario "{n}"\n{BUY}' for n in range(3))


@contextmanager
def host(reply):
    """A host that gives each message to a function, and sends what that returns; None ends it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=carry, args=(connection,), daemon=True).start()

        def carry(connection):
            with connection, suppress(OSError):
                while len(head := connection.recv(2, socket.MSG_WAITALL)) == 2:
                    payload = connection.recv(int.from_bytes(head), socket.MSG_WAITALL)
                    if len(payload) < int.from_bytes(head):
                        return
                    answers = reply(DIALECT.decode(payload))
                    if answers is None:
                        server.shutdown(socket.SHUT_RDWR)
                        return
                    for answer in answers:
                        connection.sendall(len(bytes(answer)).to_bytes(2) + bytes(answer))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def against(cases_of):
    """Play cases against a host, and give the result."""

    def run(reply, kinds, percent=100.0):
        with host(reply) as port:
            return play(cases_of(CASES.format(port=port)), Options(seed=1, chaos=Chaos(1, percent, kinds)))

    return run


def good(request):
    return [answer_to(request, "00")]


@pytest.mark.parametrize(("kind", "percent"), [("split", 60.0), ("duplicate", 60.0), ("disconnect", 30.0)])
def test_a_host_that_does_well_is_not_blamed(against, kind, percent):
    run = against(good, (kind,), percent)
    assert run.passed, [case.failures for case in run.cases]
    assert run.faults


def test_a_host_that_answers_twice_is_blamed_at_the_end(against):
    run = against(lambda request: good(request) * (1 + (request.mti == "0200")), ("split",))
    said = [failure.message for failure in run.cases[-1].failures]
    assert run.cases[-1].verdict == "failed"
    assert all("0210" in each and "more often than it was asked for" in each for each in said if "promise" in each)
    assert any("promise" in each for each in said)


def test_a_host_that_ends_is_blamed(against):
    run = against(lambda request: good(request) if request.mti == "0800" else None, ("split",))
    assert run.cases[-1].verdict == "failed"
    assert "an echo test is not answered: acq1 cannot connect" in run.cases[-1].failures[0].message


def test_a_host_that_never_answers_echoes_is_not_blamed_for_that(against, monkeypatch):
    monkeypatch.setattr(station, "SIGN_ON_S", 0.1)
    run = against(lambda request: good(request) if request.mti == "0200" else [], ("split",), 0.0)
    assert run.count("passed") == 3, [case.failures for case in run.cases]


def test_parties_that_talk_to_each_other_are_hit_too(cases_of):
    text = f'acquirer acq1 -> 127.0.0.1:8583\nissuer iss1 listens 8583 answers 39=00\nscenario "x"\n{BUY}'
    run = play(cases_of(text), Options(seed=1, chaos=Chaos(1, 100.0, ("drop",))))
    assert (run.clock, run.count("disturbed"), bool(run.faults)) == ("virtual", 1, True)
