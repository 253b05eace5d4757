"""What is no packager of jPOS, or has what a dialect cannot say."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saklar.codecs import DecodeError, DialectError
from saklar.codecs.imports.jpos import from_jpos
from saklar.codecs.imports.jpos_classes import CLASSES, TAGGED, UNSUPPORTED

from .packagers import BITMAP, MTI, dialect, divided, field, packager

N2, LL9, BITS = field(0, "IFA_NUMERIC", 2), field(1, "IFA_LLCHAR", 9), field(0, "IFB_BITMAP", 1)


def euro(*fields, **more):
    return packager(divided(48, "IFA_LLLCHAR", 999, *fields, **({"packager": "EuroSubFieldPackager"} | more)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not XML"),
        ("<isopackager>", "not XML"),
        ("<packager/>", "<packager>: <isopackager> is expected"),
        ("<isopackager/>", "fields 0 (the MTI) and 1 (the bitmap) are required"),
        ("<isopackager><isovalidator/></isopackager>", "packager: <isovalidator> is not supported"),
        ("<isopackager><isofield/></isopackager>", "packager: id=None: a number is expected"),
        ("x" * (1 << 20) + "x", "over 1048576 characters"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><isopackager/>', "entities are not supported"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///x">]><isopackager>&a;</isopackager>', "entities are not supported"),
        (packager(field(2, "IFX_STRANGE", 19)), "field 2: IFX_STRANGE is not supported"),
        (packager(field(2, "IFMC_LLCHAR", 19)), "field 2: IFMC_LLCHAR: a tag in this place is not supported"),
        (packager('<isofield id="2" length="3" class="com.x.IFA_LLNUM"/>'), "field 2: com.x.IFA_LLNUM is not supported"),
        (packager(field(2, "IFA_LLNUM", "x")), "field 2: length='x': a number is expected"),
        (packager(field(2, "IFA_LLNUM", "\u0663")), "field 2: length='\u0663': a number is expected"),
        (packager(field(2, "IFA_LLNUM", 0)), "field 2: IFA_LLNUM: a length of 0 is not supported"),
        (packager('<isofield id="2" class="org.jpos.iso.IFA_LLNUM"/>'), "field 2: length=None: a number is expected"),
        (packager(field(200, "IFA_LLNUM", 19)), "field 200: is not in a bitmap of 128 bits"),
        (packager('<isofield id="2" length="3"/>'), "field 2: class is required"),
        (packager(field(2, "IF_CHAR", 1, trim="true")), "field 2: trim: a last element that is cut short"),
        (packager(field(2, "IF_CHAR", 1, params="x")), "field 2: params='x': parameters of a class"),
        (packager(field(2, "IFA_LLBINARY", 1, inclusive="true")), "field 2: IFA_LLBINARY: inclusive is for"),
        (packager(mti=field(0, "IFA_LLNUM", 4)), "field 0: IFA_LLNUM: an MTI is one of"),
        (packager(bitmap=field(1, "IFA_LLNUM", 4)), "field 1: IFA_LLNUM: a bitmap is one of"),
        (packager(bitmap=field(1, "IFA_BITMAP", 9)), "field 1: IFA_BITMAP: a bitmap of 9 bytes is not supported"),
        (packager(emitBitmap="false"), "packager: emitBitmap='false' is not supported"),
        (packager(thirdBitmapField="65"), "packager: thirdBitmapField='65': a third bitmap in an element"),
        (packager(headerLength="x"), "packager: headerLength='x': a number is expected"),
        (euro(packager="DatasetPackager"), "field 48: IFA_LLLCHAR: packager 'org.jpos.iso.packager.DatasetPackager'"),
        (euro(), "field 48: IFA_LLLCHAR: subfields with one kind of tag are supported"),
        (euro(field(2, "IFA_LLCHAR", 9)), "field 48.2: IFA_LLCHAR: has no tag"),
        (euro(field(2, "IFMC_TCC", 9)), "field 48.2: IFMC_TCC is not supported: a first part"),
        (euro(field(100, "IFMC_LLCHAR", 9)), "field 48.100: IFMC_LLCHAR: a tag of 2 digits cannot state 100"),
        (euro(field(1, "IFMC_LLCHAR", 9), field(2, "IFIPM_LLLCHAR", 9)), "field 48: IFA_LLLCHAR: subfields with one"),
        (euro(N2, packager="GICCSubFieldPackager"), "field 48.0: IFA_NUMERIC: a first part that may be missing"),
        (euro(packager="GenericTaggedFieldsPackager"), "field 48: IFA_LLLCHAR: tagMapper None is not supported"),
        (euro(N2, packager="GenericSubFieldPackager"), "field 48: there is no bitmap, and emitBitmap is not false"),
        (euro(N2, LL9, packager="GenericSubFieldPackager"), "field 48.1: IFA_LLCHAR: a bitmap is one of"),
        (euro(BITS, field(9, "IF_CHAR", 1), packager="Base1SubFieldPackager"), "field 48.9: is not in a bitmap of 8 bits"),
        (euro(field(0, "IFB_BITMAP", 16), LL9, packager="Base1SubFieldPackager"), "field 48.0: IFB_BITMAP: a bitmap of 16"),
        (euro(N2, packager="GenericPackager", emitBitmap="false"), "field 48.0: IFA_NUMERIC: is read twice"),
        (packager(divided(48, "IFB_LLNUM", 99, LL9, emitBitmap="false")), "field 48: IFB_LLNUM: subfields in bcd are not"),
        (
            packager(divided(48, "IFE_LLCHAR", 99, field(1, "IFB_LLCHAR", 9), emitBitmap="false")),
            "field 48: IFE_LLCHAR: subfields that are not all ASCII",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_said_names_its_field(text, said):
    with pytest.raises(DialectError) as caught:
        from_jpos(text)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("class_", UNSUPPORTED)
def test_what_a_dialect_cannot_say_is_refused_with_a_reason(class_):
    with pytest.raises(DialectError) as caught:
        from_jpos(packager(field(48, class_, 9)))
    assert str(caught.value) == f"field 48: {class_} is not supported: {UNSUPPORTED[class_]}"


def outcome(text):
    """A dialect, or None where it is refused."""
    try:
        return dialect(text)
    except DialectError:
        return None


@given(st.text())
@example("<isopackager>\ud800</isopackager>")
def test_any_text_is_a_packager_or_refused(text):
    outcome(text)


NAMES = st.sampled_from([*CLASSES, *TAGGED, "IFA_BITMAP", "IFB_BITMAP", "IFE_BITMAP", "IF_NOP", "IFX"])
LENGTHS = st.sampled_from([0, 1, 2, 3, 8, 16, 24, 99, 999, 99999, 999999, "", "x"])
OTHERS = st.dictionaries(
    st.sampled_from(["pad", "emitBitmap", "bitmapField", "firstField", "headerLength", "inclusive", "tagMapper"]),
    st.sampled_from(["true", "false", "0", "1", "2", "-1", "999999", "org.jpos.iso.packager.TTDecimalTagMapper"]),
)
PACKAGERS = st.sampled_from(
    ["GenericPackager", "GenericSubFieldPackager", "Base1SubFieldPackager", "EuroSubFieldPackager", "X"]
)
PLAIN = st.builds(lambda n, c, k, o: field(n, c, k, **o), st.integers(0, 9), NAMES, LENGTHS, OTHERS)
FIELDS = st.recursive(
    PLAIN,
    lambda inner: st.builds(
        lambda n, c, k, some, p, o: divided(n, c, k, *some, **({"packager": p} | o)),
        st.integers(0, 9), NAMES, LENGTHS, st.lists(inner, max_size=4), PACKAGERS, OTHERS,
    ),
    max_leaves=8,
)  # fmt: skip


@given(fields=st.lists(FIELDS, max_size=5), data=st.data())
def test_any_packager_is_a_dialect_that_works_or_is_refused(fields, data):
    imported = outcome(
        packager(*(f for f in fields if 'id="0"' not in f[:30] and 'id="1"' not in f[:30]), mti=MTI, bitmap=BITMAP)
    )
    if imported is None:
        return
    wire = (
        b"0100" + data.draw(st.integers(0, 2**63 - 1).map(lambda n: b"%016X" % n)) + data.draw(st.binary(max_size=80))
    )
    try:
        values = imported.decode(wire).to_dict()
    except DecodeError:
        return
    assert imported.decode(imported.encode(values)).to_dict() == values
