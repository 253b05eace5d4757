"""The form of a batch: what is packed is unpacked, and what is not right is named."""

from contextlib import suppress

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.switch.engine import TransactionChange, TransactionRecord
from saklar.switch.journal import JournalError
from saklar.switch.journal.form import Content, Form

FORM = Form()

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.none() | texts | st.binary(max_size=20) | st.integers(0, 10**12) | st.floats(allow_nan=False)
records = st.builds(
    TransactionRecord, id=texts, received_at=texts, acquirer=texts, mti=texts, state=texts, pan=texts,
    amount=st.none() | st.integers(0, 10**12), standing=st.none() | st.integers(0, 10**12), elapsed_ms=st.none() | st.floats(allow_nan=False),
    request_key=st.none() | st.binary(max_size=16), kept=st.none() | st.binary(max_size=400),
)  # fmt: skip
changes = st.builds(TransactionChange, texts, st.dictionaries(texts, values, max_size=6))
contents = st.builds(
    Content,
    st.lists(records, max_size=5),
    st.lists(changes, max_size=5),
    st.lists(records, max_size=2),
    st.dictionaries(texts, st.tuples(texts, st.none() | texts), max_size=2),
)


@settings(deadline=None)
@given(contents)
def test_what_is_packed_is_unpacked(content):
    assert FORM.unpack(FORM.pack(content), "batch 1") == content


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_an_error(packed):
    for tried in (packed, b"\1" + packed, b"\1" + zstandard.ZstdCompressor().compress(packed)):
        with suppress(JournalError):
            assert isinstance(FORM.unpack(tried, "batch 7"), Content)


def packed(kinds):
    return b"\1" + zstandard.ZstdCompressor().compress(msgpack.packb(kinds))


def test_a_record_with_fewer_fields_has_the_defaults():
    content = FORM.unpack(packed({0: [["01", "2026", "north", "0200", "forwarding"]]}), "batch 1")
    assert content.begun == [TransactionRecord("01", "2026", "north", "0200", "forwarding")]


def test_the_version_is_the_first_byte_and_another_one_is_refused():
    assert FORM.pack(Content())[0] == 1
    with pytest.raises(JournalError, match="batch 3: of form 02; this saklar reads 1"):
        FORM.unpack(b"\2", "batch 3")


@pytest.mark.parametrize("kinds", [{0: [["01"]]}, {1: [["01"]]}, {4: []}, [], {0: [["0"] * 99]}])
def test_what_is_no_batch_is_refused(kinds):
    with pytest.raises(JournalError, match="batch 3: not what a batch is"):
        FORM.unpack(packed(kinds), "batch 3")
