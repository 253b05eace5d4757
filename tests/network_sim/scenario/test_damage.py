"""What faults do to bytes: for any bytes, any draw."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import framing, load_dialect
from saklar.network_sim.scenario import damage

SOME = st.binary(min_size=1, max_size=300)
SEEDS = st.integers(0, 2**32)
MESSAGES = st.fixed_dictionaries(
    {
        4: st.from_regex(r"[0-9]{12}", fullmatch=True),
        11: st.from_regex(r"[0-9]{6}", fullmatch=True),
        32: st.from_regex(r"[0-9]{2,11}", fullmatch=True),
        41: st.from_regex(r"[A-Z0-9]{8}", fullmatch=True),
        70: st.from_regex(r"[0-9]{3}", fullmatch=True),
    }
)


def bits(data):
    return int.from_bytes(data, "big").bit_count()


def differing(one, other):
    return [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]


@given(SOME, SEEDS)
def test_exactly_one_bit_is_flipped(data, seed):
    found = damage.flipped(data, random.Random(seed))
    assert bits(bytes(a ^ b for a, b in zip(data, found, strict=True))) == 1


@given(SOME, SEEDS)
def test_exactly_one_byte_is_altered(data, seed):
    assert len(differing(data, damage.altered(data, random.Random(seed)))) == 1


@given(SOME, SEEDS)
def test_the_same_draw_does_the_same(data, seed):
    assert damage.altered(data, random.Random(seed)) == damage.altered(data, random.Random(seed))


def test_a_bit_is_counted_from_the_highest_of_the_first_byte():
    assert damage.flipped(b"\x00\x00", random.Random(1), 9) == b"\x00\x40"


@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
@pytest.mark.parametrize("number", [4, 11, 32, 41])
@given(values=MESSAGES, seed=SEEDS)
def test_of_a_corrupt_field_one_character_differs_and_no_other_element(dialect, number, values, seed):
    loaded = load_dialect(dialect)
    given_values = {k: v for k, v in values.items() if k in loaded.elements and k != 70}
    payload = bytes(loaded.message({"mti": "0200", **{str(k): v for k, v in given_values.items()}}))
    message = loaded.decode(payload)
    place = damage.place_of(message, payload, number)
    assert place is not None
    found = damage.miscounted(payload, random.Random(seed), *place)
    assert len(differing(payload, found)) == 1
    assert place[0] <= differing(payload, found)[0] < place[1]


def test_an_element_that_is_not_there_has_no_place():
    loaded = load_dialect("iso87-ascii")
    payload = bytes(loaded.message({"mti": "0800", "11": "000001"}))
    assert damage.place_of(loaded.decode(payload), payload, 41) is None


@given(st.binary(min_size=1, max_size=50), SEEDS)
def test_a_digit_stays_a_digit(data, seed):
    digits = bytes(0x30 + byte % 10 for byte in data)
    found = damage.miscounted(digits, random.Random(seed), 0, len(digits))
    assert found.isdigit()
    assert found != digits


@given(SOME, SEEDS, st.sampled_from(["binary-2", "ascii-4"]))
def test_a_length_is_another_one_and_the_payload_the_same(data, seed, name):
    chosen = framing(name)
    found = damage.misframed(data, chosen, random.Random(seed))
    assert found[chosen.size :] == data
    assert found != chosen.encode(data)


def test_a_length_states_what_it_is_told_to():
    assert damage.misframed(b"abc", framing("binary-2"), random.Random(1), 65_535) == b"\xff\xffabc"


@given(SOME, SEEDS)
def test_what_is_cut_is_the_beginning_and_shorter(data, seed):
    found = damage.cut(data, random.Random(seed))
    assert data.startswith(found)
    assert len(found) < len(data)


@given(SOME, st.integers(1, 400))
def test_pieces_are_the_whole(data, size):
    chunks = damage.pieces(data, size, 0.5)
    assert b"".join(chunk.data for chunk in chunks) == data
    assert all(0 < len(chunk.data) <= size for chunk in chunks)


@given(SOME, st.integers(1, 10_000))
def test_a_throttled_message_takes_the_time_that_its_bandwidth_needs(data, rate):
    chunks = damage.throttled(data, rate)
    assert b"".join(chunk.data for chunk in chunks) == data
    assert sum(chunk.hold_s for chunk in chunks) == pytest.approx(len(data) / rate)


@given(st.floats(0.001, 100), SEEDS)
def test_a_heavy_delay_is_between_its_ends(least, seed):
    assert least <= damage.heavy_delay_s(least, least * 10, random.Random(seed)) <= least * 10


def test_a_heavy_tail_is_heavy():
    rng = random.Random(1)
    drawn = sorted(damage.heavy_delay_s(1.0, None, rng) for _ in range(1000))
    assert drawn[500] < 2
    assert drawn[990] > 20
