"""Ways to break the engine, each of which breaks a promise. A simulation that does not notice one is worth nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from saklar.network_sim.simulation import Faults, shrink, simulate
from saklar.switch.engine import recovery, requests, saf, settling
from saklar.switch.engine.model import State
from saklar.switch.engine.record import SafRecord
from saklar.switch.engine.remembered import Memory
from saklar.switch.engine.requests import Requests
from saklar.switch.engine.saf import Stage, StoreAndForward
from saklar.switch.engine.settling import Settling


@dataclass(frozen=True)
class Mutation:
    """`apply(set)` breaks the engine; `set(owner, name, value)` is undone after the test."""

    name: str
    faults: Faults | None
    """Those that bring it to light; None for whatever the seeds draw."""
    apply: Callable[[Callable[[object, str, object], None]], None]


def _skip_the_durable_intent(set_):
    def store_intent(self, transaction):
        transaction.move(State.STORING)
        self._forward(transaction, 0, transaction.received_at)

    set_(Requests, "_store_intent", store_intent)


def _answer_before_the_outcome_is_durable(set_):
    original = Settling._settle

    def settle(self, transaction, *args, **kwargs):
        original(self, transaction, *args, **kwargs)
        if transaction.state is State.SETTLING:
            self._deliver(transaction)

    set_(Settling, "_settle", settle)


def _do_not_reverse_what_timed_out(set_):
    def give_up(self, transaction, reason, now, code=None):
        self.refuse(transaction, settling.Refused("91", reason), now)

    set_(Settling, "give_up", give_up)


def _do_not_reverse_what_could_not_be_told(set_):
    set_(Settling, "untold", lambda self, entry: None)
    set_(settling, "_can_be_told", lambda transaction: True)


def _answer_twice(set_):
    original = Settling._deliver

    def deliver(self, transaction):
        transaction.copies.append(transaction)
        original(self, transaction)

    set_(Settling, "_deliver", deliver)


def _do_not_answer_refusals(set_):
    original = Settling.refuse

    def refuse(self, transaction, why, now):
        original(self, transaction, why, now)
        transaction.connection.up = transaction.connection.up and why.code != "96"

    set_(Settling, "refuse", refuse)


def _forget_what_was_in_flight(set_):
    original = recovery.Recovery._settle

    def settle(self, entry, *, is_doubtful):
        if entry.state == "forwarding":
            entry.state, entry.code = "timed_out", "91"
            return
        original(self, entry, is_doubtful=is_doubtful)

    set_(recovery.Recovery, "_settle", settle)


def _reverse_what_is_in_doubt(set_):
    original = recovery.Recovery._settle

    def settle(self, entry, *, is_doubtful):
        if is_doubtful and entry.state == "approved":
            self._settling.reverse(entry, "in doubt")
            return
        original(self, entry, is_doubtful=is_doubtful)

    set_(recovery.Recovery, "_settle", settle)


def _take_repeats_for_new_requests(set_):
    set_(Memory, "repeated", lambda self, key: None)


def _forget_duplicates_at_a_restart(set_):
    original = recovery.Recovery._entry

    def entry(self, record, wall, now):
        made = original(self, record, wall, now)
        made.key = made.key[::-1]
        return made

    set_(recovery.Recovery, "_entry", entry)


def _send_a_reversal_once_and_forget_it(set_):
    original = StoreAndForward._send

    def send(self, item, number, now):
        original(self, item, number, now)
        if item.stage is Stage.SENT:
            self._finish(item, "done", "00", None, now)

    set_(StoreAndForward, "_send", send)


def _do_not_say_that_it_is_a_repeat(set_):
    set_(saf, "as_repeat", lambda message, dialect: message)


def _do_not_store_what_is_to_be_forwarded(set_):
    original = settling.Context.store

    def store(self, *records, then=None, subject=None, number=0):
        kept = tuple(record for record in records if not isinstance(record, SafRecord))
        original(self, *kept, then=then, subject=subject, number=number)
        if not kept and then is not None:
            then(subject, number, 0.0)

    set_(settling.Context, "store", store)


def _let_a_reversed_request_in_that_comes_late(set_):
    set_(Memory, "reversed_before", lambda self, entry: False)


def _approve_what_was_reversed_meanwhile(set_):
    set_(Settling, "close", lambda self, transaction, now: False)


def _tell_an_approval_that_is_not_durable(set_):
    original = Settling.overdue

    def overdue(self, transaction, now):
        if transaction.state is State.SETTLING and transaction.outcome == "approved":
            self._deliver(transaction)
        else:
            original(self, transaction, now)

    set_(Settling, "overdue", overdue)


def _cancel_a_reversal_at_any_late_answer(set_):
    set_(
        requests, "outcome_of", lambda code: "declined" if code is None else "approved" if code == "00" else "declined"
    )
    original = Requests._late

    def late(self, desk, answer, now):
        entry = desk.late.get(answer.get(11) or "")
        found = original(self, desk, answer, now)
        item = self._saf.by_subject.get(entry.id) if found and entry is not None else None
        if item is not None:
            self._saf._finish(item, "cancelled", None, "late", now)
        return found

    set_(Requests, "_late", late)


def _match_answers_by_nothing_but_the_stan(set_):
    set_(requests, "misfit", lambda forwarded, answer: None)
    set_(saf, "misfit", lambda forwarded, answer: None)


def _keep_the_approval_of_what_was_reversed(set_):
    original = Settling.reverse

    def reverse(self, entry, reason, **kwargs):
        answer, code = entry.answer, entry.code
        original(self, entry, reason, **kwargs)
        entry.answer, entry.code = answer, code

    set_(Settling, "reverse", reverse)


def _log_the_pan(set_):
    set_(settling, "mask_pan", lambda pan: pan)


RARE = {
    _tell_an_approval_that_is_not_durable: Faults(disk_stalls=0.4, switch_crashes=0.02, slow=0.1),
    _do_not_reverse_what_could_not_be_told: Faults(cut=0.2, slow=0.05),
    _let_a_reversed_request_in_that_comes_late: Faults(reordered=0.4, slow=0.15),
}

MUTATIONS = [
    Mutation(name.removeprefix("_").replace("_", " "), RARE.get(function), function)
    for name, function in list(globals().items())
    if name.startswith("_") and not name.startswith("__") and callable(function) and function.__module__ == __name__
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_engine_is_caught(mutation, monkeypatch):
    mutation.apply(monkeypatch.setattr)
    assert any(simulate(seed, faults=mutation.faults).promises for seed in range(600))


def test_a_run_that_breaks_a_promise_shrinks_to_one_that_does_too(monkeypatch):
    mutation = next(each for each in MUTATIONS if each.name == "do not reverse what timed out")
    mutation.apply(monkeypatch.setattr)
    outcome = next(run for seed in range(50) if (run := simulate(seed)).promises)
    smallest = shrink(outcome)
    assert smallest.promises
    assert smallest.cases <= outcome.cases
    assert set(smallest.faults.names) <= set(outcome.faults.names)
