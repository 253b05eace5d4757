"""A switch that breaks a promise is caught under chaos, whatever else a fault excuses; one that keeps them is not."""

from dataclasses import replace

import pytest

from saklar.codecs import load_dialect
from saklar.network_sim.promises import Promises
from saklar.network_sim.scenario import Options, play
from saklar.network_sim.scenario.chaos import Chaos
from saklar.network_sim.scenario.chaos.answers import Answers
from saklar.network_sim.scenario.chaos.reckoning import reckon
from saklar.network_sim.scenario.chaos.watching import Seen, Told
from saklar.network_sim.scenario.disk import Disk, FaultyDisk
from saklar.network_sim.scenario.wire import Delivery
from saklar.switch.engine import SafRecord, TransactionChange, TransactionRecord, settling
from saklar.switch.engine.model import State
from saklar.switch.engine.settling import Settling
from saklar.switch.runner import Switch

from .test_chaos import BUY, cases_text

QUIET, WILD = Chaos(1, 0.0), Chaos(2, 40.0, ("drop", "late", "disconnect"))
SILENT = "iss1 now on 0200 silence\nacq1 sends 0200 purchase card blue no-pin\nacq1 expects 0210 39=91 within 31 s\n"
GONE = "iss1 now on 0200 answer 39=00 after 1 s\nacq1 sends 0200 purchase card blue no-pin\nwait 100 ms\nacq1 disconnects\n"


@pytest.fixture
def broken(cases_of):
    """Which promises are broken when steps are played."""

    def run(steps, chaos=QUIET):
        (result,) = play(cases_of(cases_text(steps)), Options(seed=1, chaos=chaos)).cases
        said = [f.message.partition(": ")[2] for f in result.failures if f.message.startswith("a promise is broken")]
        assert (result.verdict == "failed") == bool(said), result.failures
        return " / ".join(said)

    return run


def answer_twice(monkeypatch):
    original = Settling._deliver

    def deliver(self, transaction):
        transaction.copies.append(transaction)
        original(self, transaction)

    monkeypatch.setattr(Settling, "_deliver", deliver)


def never_answer(monkeypatch):
    def deliver(self, transaction):
        transaction.connection.up = False
        original(self, transaction)
        transaction.connection.up = True

    original = Settling._deliver
    monkeypatch.setattr(Settling, "_deliver", deliver)


def do_not_reverse(monkeypatch):
    def give_up(self, transaction, reason, now, code=None):
        self.refuse(transaction, settling.Refused("91", reason), now)

    monkeypatch.setattr(Settling, "give_up", give_up)


def tell_nobody(monkeypatch):
    monkeypatch.setattr(Settling, "untold", lambda self, entry: None)
    monkeypatch.setattr(settling, "_can_be_told", lambda transaction: True)


def answer_before_it_is_durable(monkeypatch):
    original = Settling._settle

    def settle(self, transaction, *args, **kwargs):
        original(self, transaction, *args, **kwargs)
        if transaction.state is State.SETTLING:
            self._deliver(transaction)

    monkeypatch.setattr(Settling, "_settle", settle)


def log_the_pan(monkeypatch):
    monkeypatch.setattr(settling, "mask_pan", lambda pan: pan)


def lose(kind):
    """A disk that takes records of a kind, and has them not."""

    class Losing(FaultyDisk):
        def stage(self, records, told):
            super().stage([record for record in records if not kind(record)], told)

    def apply(monkeypatch):
        monkeypatch.setattr(Disk, "under", lambda self, journal: Losing(journal, self))

    return apply


def write_the_pan(monkeypatch):
    """Beside its journal, as a debugging aid that was forgotten would."""
    run = Switch.run

    async def leaking(self, **options):
        (self._configuration.journal_path.parent / "debug.log").write_text("pan 5100000000000008")
        await run(self, **options)

    monkeypatch.setattr(Switch, "run", leaking)


BREACHES = {
    "a second answer": (answer_twice, BUY, "0210 * is answered twice"),
    "no answer": (never_answer, BUY, "a request with STAN * has no answer"),
    "no reversal of what timed out": (do_not_reverse, SILENT, "is refused, and its issuer was asked, and gets no reversal"),
    "an approval that nobody is told": (tell_nobody, GONE, "is approved, and nobody was told"),
    "an answer before its outcome is durable": (answer_before_it_is_durable, BUY, "an approval leaves before it is durable"),
    "a lost request": (lose(lambda r: isinstance(r, TransactionRecord)), BUY, "iss1 was asked * knows nothing of it"),
    "a lost outcome": (lose(lambda r: isinstance(r, TransactionChange)), BUY, "has no outcome"),
    "a lost reversal": (lose(lambda r: isinstance(r, SafRecord)), SILENT, "is timed_out, and its issuer was asked, and gets no reversal"),
    "a card number in the log": (log_the_pan, "iss1 now on 0200 answer 39=96\n" + BUY, "a secret is in the log"),
    "a card number in a file": (write_the_pan, BUY, "debug.log has a card number in the clear"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_a_broken_promise_is_caught(name, broken, monkeypatch):
    apply, steps, said = BREACHES[name]
    apply(monkeypatch)
    found = broken(steps)
    assert all(part in found for part in said.split(" * ")), found


@pytest.mark.parametrize("name", ["a second answer", "a lost outcome", "no reversal of what timed out"])
def test_no_fault_excuses_a_broken_promise(name, broken, monkeypatch):
    apply, steps, _ = BREACHES[name]
    apply(monkeypatch)
    assert any(broken(steps * 3, replace(WILD, seed=seed)) for seed in range(10))


@pytest.mark.parametrize("steps", [BUY, SILENT, GONE])
def test_a_switch_that_keeps_its_promises_is_not_blamed(steps, broken):
    assert not broken(steps)
    assert not broken(steps * 3, WILD)


def test_a_switch_that_crashes_is_an_error_that_nothing_excuses(cases_of, monkeypatch):
    def crash(self, transaction):
        raise ZeroDivisionError

    monkeypatch.setattr(Settling, "_deliver", crash)
    (result,) = play(cases_of(cases_text(BUY)), Options(seed=1, chaos=Chaos(1, 100.0, ("split",)))).cases
    assert result.verdict == "error"
    assert result.failures[-1].message == "saklar itself failed: ZeroDivisionError()"
    assert result.faults


def test_a_switch_that_cannot_be_started_again_is_blamed(cases_of, monkeypatch):
    started = []
    original = Switch.run

    async def run(self, **options):
        from saklar.switch import ConfigurationError

        started.append(self)
        if len(started) > 1:
            self._journal.close()
            raise ConfigurationError(self._configuration.path, [("journal.path", "no")])
        await original(self, **options)

    monkeypatch.setattr(Switch, "run", run)
    (result,) = play(cases_of(cases_text("switch dies\n")), Options(seed=1, chaos=QUIET)).cases
    assert "the switch cannot be started" in result.failures[0].message


# The books.

ONE = TransactionRecord("01", "", "north", "0200", "approved", stan="42", rrn="R", terminal="T", transmission="1",
                        issuer="bank", issuer_stan="7", processing_code="000000")  # fmt: skip
TOLD = Told("north", "2", "42", "R", "T", "1")
ASKED = ("bank", "2", "7")
REVERSED = {"about": "01", "kind": "reversal", "state": "done", "issuer": "bank", "mti": "0420", "stan": "9"}
BACK = TransactionRecord("02", "", "north", "0400", "accepted", stan="43", original_id="01")


def seen(*, told=(), arrived=(), asked=(ASKED,), approved=(), declined=()):
    return Seen(told={*told}, arrived={*arrived}, asked={*asked}, approved={*approved}, declined={*declined})


APPROVED = {"told": [TOLD], "arrived": [TOLD], "approved": [ASKED]}
DONE = [REVERSED]
ANSWERED = ("bank", "4", "9")


@pytest.mark.parametrize(
    ("record", "rows", "about", "wrong"),
    [
        (ONE, [], APPROVED, []),
        (ONE, [], {**APPROVED, "told": []}, ["nobody was told"]),
        (ONE._replace(doubt="open"), [], {**APPROVED, "told": []}, []),
        (ONE, [], {**APPROVED, "approved": []}, ["its issuer has not said so"]),
        (ONE._replace(state="declined"), [], {"declined": [ASKED]}, []),
        (ONE._replace(state="declined"), [], {"approved": [ASKED]}, ["its issuer has not said so"]),
        (ONE._replace(state="forwarding"), [], {}, ["has no outcome"]),
        (ONE._replace(state="timed_out"), [], {}, ["gets no reversal"]),
        (ONE._replace(state="timed_out", processing_code="310000"), [], {}, []),
        (ONE._replace(state="timed_out"), DONE, {"declined": [ANSWERED]}, []),
        (ONE._replace(state="timed_out"), DONE, {}, ["counts as answered, and was not"]),
        (ONE._replace(state="timed_out"), [{**REVERSED, "state": "queued"}], {}, ["does not get there"]),
        (ONE._replace(state="timed_out"), [{**REVERSED, "state": "parked"}], {}, []),
        (ONE._replace(state="timed_out"), [{**REVERSED, "state": "cancelled"}], {"declined": [ASKED]}, []),
        (ONE._replace(state="timed_out"), [{**REVERSED, "state": "cancelled"}], {"approved": [ASKED]}, ["has approved it"]),
        (ONE._replace(state="timed_out"), DONE, {"arrived": [TOLD], "told": [TOLD], "declined": [ANSWERED]}, ["was told"]),
        (ONE._replace(state="refused"), [], {}, ["gets no reversal"]),
        (ONE._replace(state="refused"), [], {"asked": ()}, []),
    ],
)  # fmt: skip
def test_the_books(record, rows, about, wrong):
    found = list(reckon([record], rows, seen(**about)))
    assert [part for said, part in zip(found, wrong, strict=True) if part in said] == wrong, found


@pytest.mark.parametrize(("state", "wrong"), [("reversed", []), ("approved", ["its acquirer has reversed it"])])
def test_what_its_acquirer_has_reversed_stands_no_longer(state, wrong):
    rows = [{**REVERSED, "about": "02"}]
    found = list(reckon([ONE._replace(state=state), BACK], rows, seen(**APPROVED, declined=[ANSWERED])))
    assert [said.partition(", and ")[2] for said in found] == wrong


@pytest.mark.parametrize(
    ("about", "said"),
    [({"told": [TOLD], "asked": ()}, "an approval of x2xx 42 was told to north, and the journal has none"),
     ({}, "bank was asked x2xx 7, and the journal knows nothing of it")],
)  # fmt: skip
def test_what_the_journal_has_not_is_missed(about, said):
    assert list(reckon([], [], seen(**about))) == [said]


# What is seen of the switch.

ASCII = load_dialect("iso87-ascii")


def message(mti, **more):
    return ASCII.message({"mti": mti, 11: "000042", **more})


@pytest.fixture
def promises():
    said = []
    watched = Promises(said.append, {"4000000000000002"})
    watched.said = said
    return watched


def test_each_copy_of_a_request_has_its_answer(promises):
    for _ in range(2):
        promises.asked(1, message("0200"), 0.0)
    assert [promises.answered(1, message("0210")) for _ in range(3)] == [0.0, 0.0, None]
    assert promises.said == ["0210 000042 is answered twice"]


def test_what_was_owed_on_a_connection_goes_with_it(promises):
    promises.asked(1, message("0200"), 0.0)
    promises.disconnected(1)
    assert promises.unanswered() == []


def test_an_approval_is_durable_when_its_commit_is(promises):
    promises.stored([ONE, ONE._replace(id="02", state="forwarding")])
    promises.stored([TransactionChange("02", {"state": "approved"})])
    promises.committed(1)
    promises.approves("01")
    promises.approves("02")
    promises.committed(1)
    promises.approves("02")
    assert promises.said == ["an approval leaves before it is durable: 02"]


def test_what_a_crash_cut_off_is_not_durable(promises):
    promises.stored([ONE])
    promises.crashed()
    promises.recovered([ONE._replace(state="forwarding")])
    promises.approves("01")
    assert promises.said == ["an approval leaves before it is durable: 01"]


# A host of somebody else, of which only the connections are seen.


@pytest.fixture
def host(cases_of):
    (case,) = cases_of('acquirer acq1 -> 127.0.0.1:9\nscenario "x"\nwait 1 s\n')
    answers, facts = Answers(), case.setup.parties["acq1"]
    request = facts.dialect.decode(bytes(message("0200")))
    answers.asks = lambda *deliveries: answers.left(facts, request, deliveries)
    answers.says = lambda stan="000042": answers.came(facts, ASCII.message({"mti": "0210", 11: stan}))
    return answers


def test_a_host_answers_a_request_once(host):
    host.asks(Delivery(bytes(message("0200"))))
    host.says()
    assert host.broken == []
    host.says()
    assert host.broken == ["0210 000042 came to acq1 more often than it was asked for"]


def test_a_host_may_answer_each_copy_that_chaos_made(host):
    host.asks(Delivery(bytes(message("0200"))), Delivery(bytes(message("0200")), after_s=1))
    host.says()
    host.says()
    assert host.broken == []


def test_a_host_may_answer_what_a_request_was_spoilt_to(host):
    host.asks(Delivery(bytes(ASCII.message({"mti": "0200", 11: "000049"}))))
    host.says("000049")
    assert host.broken == []


def test_a_host_may_not_answer_what_was_lost(host):
    host.asks()
    host.says()
    assert len(host.broken) == 1


def test_the_pieces_of_a_frame_are_one_request(host):
    host.asks(*[Delivery(b"x", framed=False)] * 9)
    host.says()
    assert host.broken == []
    host.says()
    assert len(host.broken) == 1
