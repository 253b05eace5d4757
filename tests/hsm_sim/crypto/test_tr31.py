"""TR-31 key blocks, on published vectors and against psec."""

import secrets

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import tr31, tr31_header
from saklar.hsm_sim.crypto.inputs import KeyLengthError
from saklar.hsm_sim.crypto.tr31_header import Header, HeaderError, OptionalBlock, Tr31Error

GOOD = "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E"
GOOD_KEY = bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")
KEY_LENGTHS = {"A": (16, 24), "B": (16, 24), "C": (16, 24), "D": (16, 24, 32)}
PLAIN = Header("B", "P0", "T", "E")

printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
blocks = st.builds(
    OptionalBlock, st.sampled_from(["KS", "KV", "IK", "TS", "HM", "LB", "10"]), st.text(printable, max_size=300)
)
headers = st.builds(
    Header,
    st.sampled_from("ABCD"),
    st.sampled_from([*tr31_header.USAGES, "10"]),
    st.sampled_from([*tr31_header.ALGORITHMS, "1"]),
    st.sampled_from([*tr31_header.MODES, "1"]),
    st.text("0123456789c", min_size=2, max_size=2),
    st.sampled_from([*tr31_header.EXPORTABILITIES]),
    st.lists(blocks, max_size=4, unique_by=lambda block: block.kind).map(tuple),
)


def protection_keys(header):
    return st.sampled_from(KEY_LENGTHS[header.version]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


cases = headers.flatmap(lambda header: st.tuples(st.just(header), protection_keys(header)))
keys = st.binary(min_size=1, max_size=64)


def check_unwrap(vector):
    header, key = tr31.unwrap(bytes.fromhex(vector["inputs"]["kbpk"]), vector["inputs"]["key_block"])
    expected = vector["expected"]
    # One record gives the key of the block and after it what a source has for it with other parity bits: 32 bytes,
    # where the block has room for 30. `key_raw` is what the block holds.
    assert key.hex().upper() == expected.get("key_raw", expected["key"])
    size = len(vector["inputs"]["key_block"])
    assert tr31_header.write(header, 0)[:1] + f"{size:04d}" == expected["header"][:5]
    assert tr31_header.write(header, 0)[5:12] == expected["header"][5:12]
    return header


@pytest.mark.vectors("tr31", "unwrap_A")
def test_a_block_of_version_a_holds_the_published_key(vector):
    check_unwrap(vector)


@pytest.mark.vectors("tr31", "unwrap_B")
def test_a_block_of_version_b_holds_the_published_key(vector):
    check_unwrap(vector)


@pytest.mark.vectors("tr31", "unwrap_C")
def test_a_block_of_version_c_holds_the_published_key(vector):
    check_unwrap(vector)


@pytest.mark.vectors("tr31", "unwrap_D")
def test_a_block_of_version_d_holds_the_published_key(vector):
    check_unwrap(vector)


@pytest.mark.vectors("tr31", "unwrap_reject")
def test_a_block_that_is_not_authentic_is_refused(vector):
    with pytest.raises(tr31.AuthenticationError):
        tr31.unwrap(bytes.fromhex(vector["inputs"]["kbpk"]), vector["inputs"]["key_block"])


def test_every_field_of_a_header_is_read():
    text = "A0112P0TE12E0200KS1400604B120F929280PB047A1BB737854CD7AF58A8A1E4506A942277EDA76EBA6BA228AF62ADDA3AD8799E8B2C8CD7"
    header, end = tr31_header.read(text)
    assert header == Header("A", "P0", "T", "E", "12", "E", (OptionalBlock("KS", "00604B120F929280"),))
    assert text[:end].endswith("PB04")
    assert tr31_header.write(header, len(text) - end) == text[:end]


@given(cases, keys, st.integers(0, 70))
def test_a_block_gives_back_header_and_key(case, key, hidden_in):
    header, protection_key = case
    block = tr31.wrap(protection_key, header, key, secrets.token_bytes, hidden_in)
    assert tr31.unwrap(protection_key, block) == (header, key)


@given(cases, keys)
def test_psec_reads_our_blocks(case, key):
    header, protection_key = case
    block = tr31.wrap(protection_key, header, key, secrets.token_bytes)
    theirs, unwrapped = psec.tr31.unwrap(protection_key, block)
    assert unwrapped == key
    assert {kind: theirs.blocks[kind] for kind in theirs.blocks} == {each.kind: each.data for each in header.optional}


@given(cases, keys, st.none() | st.integers(0, 70))
def test_we_read_psecs_blocks(case, key, hidden_in):
    header, protection_key = case
    theirs = psec.tr31.Header(
        header.version, header.usage, header.algorithm, header.mode, header.key_version, header.exportability
    )
    for each in header.optional:
        theirs.blocks[each.kind] = each.data
    block = psec.tr31.wrap(protection_key, theirs, key, hidden_in)
    assert tr31.unwrap(protection_key, block) == (header, key)


@given(cases, keys, st.data())
def test_a_block_that_was_changed_is_refused(case, key, data):
    header, protection_key = case
    block = tr31.wrap(protection_key, header, key, secrets.token_bytes)
    place = data.draw(st.integers(0, len(block) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFNST").filter(lambda letter: letter != block[place]))
    with pytest.raises((Tr31Error, KeyLengthError)) as refusal:  # another version may be for keys of other lengths
        tr31.unwrap(protection_key, block[:place] + other + block[place + 1 :])
    assert len(key) < 4 or key.hex().upper() not in str(refusal.value).upper()


@given(st.text(printable, max_size=120) | st.text(max_size=40))
def test_any_text_is_refused(text):
    for block in (text, f"B{5 + len(text):04d}{text}", f"D0112P0AE00N00{text}".ljust(112, "0")):
        with pytest.raises(Tr31Error):
            tr31.unwrap(bytes(16), block)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 24))
def test_the_length_of_a_key_is_hidden_among_shorter_ones(protection_key, size):
    block = tr31.wrap(protection_key, PLAIN, bytes(size or 1), secrets.token_bytes, 24)
    assert len(block) == len(tr31.wrap(protection_key, PLAIN, bytes(24), secrets.token_bytes))


def test_the_filling_is_the_callers():
    asked = []

    def filler(count):
        asked.append(count)
        return b"\xaa" * count

    first = tr31.wrap(bytes(16), PLAIN, bytes(16), filler)
    assert first == tr31.wrap(bytes(16), PLAIN, bytes(16), filler)
    assert asked == [6, 6]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8, 12, 251, 252, 300, 1000])
@pytest.mark.parametrize("version", "BD")
def test_optional_blocks_come_in_whole_cipher_blocks(version, length):
    header = Header(version, "P0", "T", "E", optional=(OptionalBlock("TS", "x" * length),))
    text = tr31_header.write(header, 64)
    size = {"B": 8, "D": 16}[version]
    assert len(text) % size == 0
    assert len(text) < 16 + length + 10 + 4 + size
    assert tr31_header.read(text + "0" * 64) == (header, len(text))


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("", "length"),
        ("B0015P0TE00E000", "length"),
        ("B0081" + GOOD[5:], "length"),
        ("B008x" + GOOD[5:], "length"),
        ("B0084" + GOOD[5:] + "0000", "length"),
        ("\u0412" + GOOD[1:], "length"),
        ("E" + GOOD[1:], "version"),
        (GOOD[:5] + "p0" + GOOD[7:], "usage"),
        (GOOD[:5] + "Z9" + GOOD[7:], "usage"),
        (GOOD[:7] + "X" + GOOD[8:], "algorithm"),
        (GOOD[:8] + "Q" + GOOD[9:], "mode"),
        (GOOD[:9] + "-1" + GOOD[11:], "key_version"),
        (GOOD[:11] + "X" + GOOD[12:], "exportability"),
        (GOOD[:12] + "0x" + GOOD[14:], "optional"),
        (GOOD[:14] + "??" + GOOD[16:], "reserved"),
        (GOOD[:12] + "0100" + "KS03" + GOOD[20:], "optional"),
        (GOOD[:12] + "0100" + "KSFF" + GOOD[20:], "optional"),
        (GOOD[:12] + "0100" + "KSxy" + GOOD[20:], "optional"),
        (GOOD[:12] + "0100" + "KS0000" + GOOD[22:], "optional"),
        (GOOD[:12] + "0100" + "KS00020009" + GOOD[26:], "optional"),
        (GOOD[:12] + "0100" + "??08ABCD" + GOOD[24:], "optional"),
        (GOOD[:12] + "0100" + "KS08AB\tD" + GOOD[24:], "optional"),
        (GOOD[:12] + "0100" + "KS06AB" + GOOD[22:], "length"),
        (GOOD[:12] + "9900" + GOOD[16:], "optional"),
    ],
)
def test_a_bad_header_is_refused_by_its_part(block, part):
    with pytest.raises(HeaderError) as refusal:
        tr31.unwrap(GOOD_KEY, block)
    assert refusal.value.part == part


@pytest.mark.parametrize(
    "block",
    [
        GOOD[:16] + "xy" + GOOD[18:],
        GOOD[:16] + "  " + GOOD[18:],
        "B0016P0TE00E0000",
        "B0032P0TE00E00000123456789ABCDEF",
        "B0024P0TE00E000001234567",
        "B0056P0TE00E0000" + "0" * 40,
        "D0064P0AE00E0000" + "0" * 48,
    ],
)
def test_a_bad_protected_part_is_refused(block):
    with pytest.raises((tr31.KeyDataError, tr31.AuthenticationError)):
        tr31.unwrap(GOOD_KEY, block)


@pytest.mark.parametrize("data", ["0000", "0001", "0007", "0100", "FFF8"])
def test_an_authentic_block_without_a_key_is_refused(data):
    start = bytes.fromhex(data)
    version = tr31._VERSIONS["B"]
    text = tr31_header.write(PLAIN, 2 * (24 + 8))
    encrypted, code = version.protect(version.keys(GOOD_KEY), text.encode(), start + bytes(22))
    with pytest.raises(tr31.KeyDataError, match="length"):
        tr31.unwrap(GOOD_KEY, text + (encrypted + code).hex().upper())


@pytest.mark.parametrize(("version", "size"), [("A", 8), ("B", 32), ("C", 0), ("D", 8)])
def test_a_protection_key_has_its_lengths(version, size):
    with pytest.raises(KeyLengthError, match="protection key"):
        tr31.wrap(bytes(size), Header(version, "P0", "T", "E"), bytes(16), secrets.token_bytes)


@pytest.mark.parametrize("size", [0, 8192])
def test_a_key_that_no_block_holds_is_refused(size):
    with pytest.raises(tr31.KeyDataError):
        tr31.wrap(bytes(16), PLAIN, bytes(size), secrets.token_bytes)


def test_a_block_has_its_limits():
    with pytest.raises(HeaderError, match="length"):
        tr31.wrap(bytes(16), PLAIN, bytes(8000), secrets.token_bytes)
    many = tuple(OptionalBlock("10", "abcd") for _ in range(100))
    with pytest.raises(HeaderError, match="more than 99"):
        tr31.wrap(bytes(16), Header("B", "P0", "T", "E", optional=many), bytes(16), secrets.token_bytes)
    long = (OptionalBlock("TS", "x" * 0x10000),)
    with pytest.raises(HeaderError, match="too long"):
        tr31.wrap(bytes(16), Header("B", "P0", "T", "E", optional=long), bytes(16), secrets.token_bytes)


def test_a_padding_block_is_not_the_callers():
    with pytest.raises(HeaderError, match="optional"):
        Header("B", "P0", "T", "E", optional=(OptionalBlock("PB", "0000"),))
