"""The writer: group commit, retries, and what it tells the engine."""

import threading

import pytest
import trio
import trio.testing

from saklar.switch.engine import Committed, JournalDown, JournalUp, TransactionRecord
from saklar.switch.journal import JournalError, JournalWriter
from saklar.switch.journal.group import GroupCommit
from saklar.switch.journal.interface import Purged
from saklar.switch.journal.thread import CallThread
from saklar.switch.links import Ear

RECORD = TransactionRecord("01", "", "north", "0200", "forwarding")


class FakeJournal:
    """Keeps what it is given; fails and blocks when told to."""

    def __init__(self):
        self.commits = []
        self.fails = 0
        self.gate = threading.Event()
        self.gate.set()
        self.checkpoint_due = False
        self.checkpoints = []
        self.checkpoint_fails = False

    def checkpoint(self):
        self.gate.wait(10)
        if self.checkpoint_fails:
            raise JournalError("no space left on device")
        self.checkpoint_due = False
        self.checkpoints.append(len(self.commits))

    def stage(self, records, told):
        self.staged = list(records)

    def commit(self):
        self.gate.wait(10)
        if self.fails:
            self.fails -= 1
            raise JournalError("no space left on device")
        self.commits.append(self.staged)
        return len(self.commits)

    def reopen(self):
        pass

    def purge(self, before, limit):
        self.purged = before
        return Purged(0, more=False)


@pytest.fixture
def journal():
    return FakeJournal()


@pytest.fixture
def ear():
    ear = Ear()
    yield ear
    ear.close()


@pytest.fixture
async def make_writer(journal, ear):
    async with trio.open_nursery() as nursery:

        def make(**options):
            told = []
            changed = trio.Event()

            def deliver(news):
                told.extend(news)
                nonlocal changed
                changed.set()
                changed = trio.Event()

            writer = JournalWriter(journal, deliver, lambda _: 0, **options)

            async def wait_for(kind):
                with trio.fail_after(5):
                    while not any(isinstance(event, kind) for event in told):
                        await changed.wait()

            def store(records, only=writer.store):
                only(records)
                writer.begin()

            async def hear():
                while True:
                    await ear.wait()
                    ear.read()
                    writer.begin()

            writer.told, writer.wait_for, writer.store = told, wait_for, store
            nursery.start_soon(writer.run, ear.hears)
            nursery.start_soon(hear)
            return writer

        yield make
        nursery.cancel_scope.cancel()


async def test_what_is_stored_during_a_commit_goes_into_the_next_one(journal, make_writer):
    writer = make_writer()
    journal.gate.clear()
    writer.store((RECORD,))
    await trio.testing.wait_all_tasks_blocked()
    writer.store((RECORD._replace(id="02"),))
    writer.store((RECORD._replace(id="03"), RECORD._replace(id="04")))
    journal.gate.set()
    with trio.fail_after(5):
        while len(writer.told) < 2:
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert [[record.id for record in commit] for commit in journal.commits] == [["01"], ["02", "03", "04"]]
    assert writer.told == [Committed(1), Committed(2)]


async def test_a_commit_that_fails_is_told_and_tried_again_until_it_is_done(journal, make_writer):
    journal.fails = 2
    writer = make_writer()
    writer.store((RECORD,))
    await writer.wait_for(JournalUp)
    assert [type(event) for event in writer.told] == [JournalDown, JournalDown, Committed, JournalUp]
    assert journal.commits == [[RECORD]]
    assert writer.idle


async def test_what_is_stored_while_it_fails_goes_into_the_same_commit(journal, make_writer):
    journal.fails = 1
    writer = make_writer()
    writer.store((RECORD,))
    await writer.wait_for(JournalDown)
    writer.store((RECORD._replace(id="02"),))
    await writer.wait_for(Committed)
    assert [[record.id for record in commit] for commit in journal.commits] == [["01", "02"]]


async def test_a_commit_that_takes_too_long_is_told(journal, make_writer):
    writer = make_writer()
    journal.gate.clear()
    writer.store((RECORD,))
    await writer.wait_for(JournalDown)
    assert writer.told[0].stalled
    journal.gate.set()
    await writer.wait_for(JournalUp)


async def test_relaxed_does_not_wait(journal, make_writer):
    writer = make_writer(relaxed=True)
    journal.gate.clear()
    writer.store((RECORD,))
    assert writer.told == [Committed(1)]
    journal.gate.set()
    with trio.fail_after(5):
        while not writer.idle:
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert (journal.commits, writer.told) == ([[RECORD]], [Committed(1)])


async def test_what_is_older_than_it_is_to_be_kept_is_removed(journal, make_writer):
    make_writer(keep_days=30)
    with trio.fail_after(5):
        while not hasattr(journal, "purged"):
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert journal.purged[:4].isdigit()


def test_a_stall_is_told_once():
    group = GroupCommit()
    group.store((RECORD,))
    group.take(0.0)
    assert [len(group.look(now)) for now in (1.0, 3.0, 5.0)] == [0, 1, 0]


def test_a_stall_that_ends_in_a_failure_is_told_as_one():
    group = GroupCommit()
    group.store((RECORD,))
    group.take(0.0)
    group.look(3.0)
    assert group.failed("no space") == [JournalDown("no space")]
    group.take(4.0)
    assert group.done() == [Committed(1), JournalUp()]


def test_a_commit_is_due_when_something_waits_for_one():
    group = GroupCommit()
    assert not group.is_due
    group.store((RECORD,))
    assert group.is_due


def test_no_commit_is_due_while_one_is_under_way():
    group = GroupCommit()
    group.store((RECORD,))
    group.take(1.0)
    group.store((RECORD,))
    assert not group.is_due


async def test_the_end_of_a_commit_can_be_waited_for_where_it_was_begun(journal, make_writer):
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    writer.store((RECORD,))
    assert writer.is_committing
    assert writer.settle(5)
    assert (writer.told, writer.is_committing) == ([Committed(1)], False)


async def test_a_commit_that_takes_long_is_not_waited_for_twice(journal, make_writer, monkeypatch):
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    journal.gate.clear()
    writer.store((RECORD,))
    assert not writer.settle(0.001)
    monkeypatch.setattr(CallThread, "wait", lambda *_: pytest.fail("it was waited for again"))
    assert not writer.settle(0.001)
    journal.gate.set()


async def test_the_commit_after_a_long_one_is_waited_for(journal, make_writer):
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    journal.gate.clear()
    writer.store((RECORD,))
    writer.settle(0.001)
    journal.gate.set()
    await writer.wait_for(Committed)
    writer.store((RECORD._replace(id="02"),))
    assert writer.settle(5)


async def test_at_its_end_others_go_on_while_a_commit_is_under_way(journal, ear, autojump_clock):
    journal.gate.clear()
    writer = JournalWriter(journal, lambda news: None, lambda _: 0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, ear.hears)
        await trio.testing.wait_all_tasks_blocked()
        writer.store((RECORD,))
        writer.begin()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await trio.sleep(1)
            journal.gate.set()
    assert [[record.id for record in commit] for commit in journal.commits] == [["01"]]


async def test_a_checkpoint_that_is_due_comes_before_the_next_commit(journal, make_writer):
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    writer.store((RECORD,))
    assert writer.settle(5)
    journal.checkpoint_due = True
    writer.store((RECORD._replace(id="02"),))
    assert writer.settle(5)
    assert (journal.checkpoints, len(journal.commits)) == ([1], 2)


async def test_a_checkpoint_that_is_due_needs_no_commit_to_follow(journal, make_writer):
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    journal.checkpoint_due = True
    writer.begin()
    with trio.fail_after(5):
        while not journal.checkpoints:
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert not writer.is_committing


async def test_after_a_checkpoint_that_fails_commits_go_on(journal, make_writer):
    journal.checkpoint_due = journal.checkpoint_fails = True
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    writer.store((RECORD,))
    assert writer.settle(5)
    assert writer.told == [Committed(1)]


async def test_a_commit_that_waits_too_long_for_a_checkpoint_is_told(journal, make_writer):
    writer = make_writer()
    await trio.testing.wait_all_tasks_blocked()
    journal.gate.clear()
    journal.checkpoint_due = True
    writer.begin()
    writer.store((RECORD,))
    await writer.wait_for(JournalDown)
    assert writer.told[0].stalled
    journal.gate.set()
    await writer.wait_for(JournalUp)


def test_what_waits_for_a_commit_is_timed_from_the_first_look():
    group = GroupCommit()
    group.store((RECORD,))
    assert [len(group.look(now)) for now in (1.0, 2.5, 3.5)] == [0, 0, 1]
