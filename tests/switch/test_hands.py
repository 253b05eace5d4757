"""What the engine wants done: when commits begin, and that what leaves together does so in one call."""

import pytest

from saklar.switch.engine import Note, Send, Store, TransactionRecord
from saklar.switch.hands import Hands
from saklar.switch.links import Outboxes

RECORD = TransactionRecord("01", "", "north", "0200", "forwarding")


class FakeWriter:
    """Notes what is asked of it."""

    batch = 7

    def __init__(self):
        self.asked = []

    def store(self, records):
        self.asked.append(records)

    def begin(self):
        self.asked.append("begin")


@pytest.fixture
def writer():
    return FakeWriter()


@pytest.fixture
def hands(writer):
    return Hands(writer, Outboxes(), lambda effect: None)


def test_a_commit_begins_once_all_is_stored(hands, writer):
    hands.do([Store((RECORD,)), Store(())])
    assert writer.asked == [(RECORD,), (), "begin"]


def test_while_it_is_held_back_none_begins(hands, writer):
    hands.hold_back()
    hands.do([Store((RECORD,))])
    hands.do([Store(())])
    assert writer.asked == [(RECORD,), ()]


def test_what_was_held_back_is_one_commit(hands, writer):
    hands.hold_back()
    hands.do([Store((RECORD,))])
    hands.do([Store(())])
    hands.begin()
    assert writer.asked == [(RECORD,), (), "begin"]


def test_it_is_held_back_once(hands, writer):
    hands.hold_back()
    hands.begin()
    hands.do([])
    assert writer.asked == ["begin", "begin"]


def test_what_is_neither_sent_nor_stored_is_for_others(writer):
    others = []
    note = Note("info", "event", {})
    Hands(writer, Outboxes(), others.append).do([note, Send(1, b"to nobody")])
    assert others == [note]
