"""Messages found in public places, in dialects written from their descriptions and in those that saklar ships."""

import json
from pathlib import Path

import pytest

from saklar.codecs import DecodeError, FrameError, load_dialect, parse_dialect
from saklar.codecs.imports.document import to_toml

DATA = Path(__file__).parent.parent / "data" / "codecs"
RECORDS = json.loads((DATA / "messages.json").read_text())["records"]
MORE = {record["id"]: record for record in json.loads((DATA / "more.json").read_text())}


LENGTHS = {1: "LVAR", 2: "LLVAR", 3: "LLLVAR", 4: "LLLLVAR", 5: "LLLLLVAR"}
TEXTS = {"ascii": "ascii", "ebcdic": "cp500", "utf-8": "utf-8", "gbk": "gbk"}
LENGTH_ENCODINGS = {"ascii": "ascii", "ebcdic": "cp500", "bcd": "bcd", "bin": "binary", "bcd-leftjust": "bcd-left"}
BITMAPS = {"bin": "binary", "hex-ascii": "hex", "hex-ebcdic": "hex-ebcdic"}


def dialect_document(record):
    """What a dialect file says about the messages of a record."""
    spec = record["spec"]
    bitmap = spec["bitmap"]
    document = {
        "name": record["dialect"],
        "title": record["dialect"],
        "version": record["version"],
        "mti": {"encoding": "bcd" if spec["mti"]["enc"] == "bcd" else TEXTS[spec["mti"]["enc"]]},
        "bitmap": {
            "encoding": BITMAPS[bitmap["enc"]],
            "bitmaps": bitmap.get("max_bitmaps", 2),
            "always": 2 if bitmap.get("always16") else 1,
            "case": bitmap.get("case", "upper"),
        },
        "strict": any(field.get("numeric") for field in spec["fields"].values()),
        "encoding": {"n": "ascii", "z": "ascii", "text": "ascii", "b": "binary", "length": "ascii"},
        "elements": {number: element(field, number) for number, field in spec["fields"].items()},
    }
    if spec.get("header"):
        document["header"] = {"parts": [header_part(part) for part in spec["header"]]}
    if wrote_an_empty_bitmap(record):
        document["bitmap"] |= {"always": 2, "first_bit": "always"}
    framing = spec.get("framing")
    if framing:
        encoding = {"bin": "binary"}.get(framing["enc"], framing["enc"])
        document["framing"] = {"size": framing["size"], "encoding": encoding, "plus": -framing.get("adjust", 0)}
    return document


def wrote_an_empty_bitmap(record):
    """Whether the message has a second bitmap, and says so, without an element in it; its description does not tell."""
    bitmap = bytes.fromhex(record.get("bitmap") or "00")
    return len(bitmap) == 16 and bitmap[0] & 0x80 and not any(bitmap[8:])


def header_part(part):
    binary = part["enc"] in ("bin", "bcd")
    return {"name": part["name"], "length": part["len"], "encoding": "binary" if binary else TEXTS[part["enc"]]}


def element(field, key):
    """One element, or one of its parts."""
    made = {"name": key}
    if field["type"] == "composite-bitmap":
        made |= {"format": "b", "length": "parts", "parts": nested(field)}
    else:
        made |= content(field)
    if "len_enc" in field:
        digits = field.get("len_digits") or min(5, max(len(str(field["max"])), 1))
        counted = field["len_size"] if field["len_enc"] in ("ascii", "ebcdic") else digits
        most = min(field["max"], 10**counted - 1)
        made |= {"length": LENGTHS[counted], "max": most, "length_size": field["len_size"]}
        made |= {"length_encoding": LENGTH_ENCODINGS[field["len_enc"]]}
    elif field["type"] == "fixed":
        made["length"] = field["len"] // 2 if field["data_enc"] == "hex-ascii" else field["len"]
    return made


def content(field):
    encoding = field["data_enc"]
    if encoding == "bin":
        return {"format": "b", "encoding": "binary"}
    if encoding == "hex-ascii":
        return {"format": "b", "encoding": "hex"}
    if encoding == "amount-bcd":
        return {"format": "x+n", "encoding": "ascii+bcd"}
    if encoding in ("bcd", "bcd-track2"):
        side, _, digit = field.get("pad", "left-0").partition("-")
        track = encoding == "bcd-track2" and field.get("sep", "=") == "="
        return {"format": "z" if track else "an", "encoding": "bcd", "odd": f"{side} {digit.upper()}"}
    made = {"format": "n" if field.get("numeric") else "ans", "encoding": TEXTS[encoding]}
    return made | ({"counts": "characters"} if field.get("len_counts") == "chars" else {})


def nested(field):
    bitmap = field["bitmap"]
    factor = {"bin": 8, "hex-ascii": 8, "hex-ebcdic": 8}[bitmap["enc"]]
    prefix = [{"key": part["name"], "name": part["name"], "length": part["len"]} for part in field.get("prefix", [])]
    return {
        "kind": "bitmap",
        "bitmap": BITMAPS[bitmap["enc"]],
        "bits": bitmap["bytes"] * factor,
        "base": field["base"],
        "prefix": prefix,
        "items": {number: element(part, number) for number, part in field["fields"].items()},
    }


def of_kind(kind):
    records = [record for record in RECORDS if record["kind"] == kind]
    return pytest.mark.parametrize("record", records, ids=[record["id"] for record in records])


def dialect_of(record):
    return parse_dialect(to_toml(dialect_document(record)), record["id"])


def payload(record, dialect):
    wire = bytes.fromhex(record["hex"])
    return dialect.framing.unwrap(wire) if dialect.framing else wire


def stated(fields):
    """The stated values, without the bitmaps inside elements, which follow from the parts."""
    return {
        key: {k: v for k, v in value.items() if k != "_bitmap"} if isinstance(value, dict) else value
        for key, value in fields.items()
    }


@of_kind("valid")
def test_it_has_the_stated_values_and_the_same_bytes_again(record):
    dialect = dialect_of(record)
    wire = payload(record, dialect)
    for _ in range(2):  # by the way for a new bitmap, and by the one for a known bitmap
        message = dialect.decode(wire)
        fields = message.to_dict(nested=True)
        assert (fields.pop("mti"), fields.pop("header", {})) == (record["mti"], record["header"])
        assert fields == stated(record["fields"])
        assert bytes(message) == wire
        assert dialect.encode(message.to_dict()) == wire
        assert dialect.encode(message.to_dict(nested=True)) == wire


@of_kind("valid")
def test_its_elements_are_where_they_are_stated_to_be(record):
    dialect = dialect_of(record)
    whole = bytes.fromhex(record["hex"])
    message = dialect.decode(payload(record, dialect))
    offsets = {key: whole[slice(*bounds)] for key, bounds in record["offsets"].items() if key.isdecimal()}
    assert {str(number): message.raw_element(number) for number in message} == offsets


@of_kind("invalid")
def test_it_fails_where_it_is_stated_to_fail(record):
    dialect = dialect_of(record)
    where = record["collector_failure"]
    if where["field"] == "framing":
        with pytest.raises(FrameError, match="the length states 114 bytes, there are 57"):
            payload(record, dialect)
        return
    wire = payload(record, dialect)
    with pytest.raises(DecodeError) as caught:
        dialect.decode(wire)
    fields = {"mti": "t", "bitmap": "p", "bitmap2": "1"}
    assert caught.value.offset == where["offset"]
    if where["field"] == "end":  # the last element read is named, as pyiso8583 does
        assert "end of the message" in str(caught.value)
    else:
        assert caught.value.field == fields.get(where["field"], where["field"])


@of_kind("semantic")
def test_it_decodes_and_a_rule_about_content_refuses_it(record):
    document = dialect_document(record) | {"strict": False}
    document["messages"] = {"0420": {"optional": [int(n) for n in document["elements"] if n != "2"]}}
    document["elements"].get("28", {})["format"] = "x+n"
    document["elements"] = {n: e for n, e in document["elements"].items() if "length" in e}
    dialect = parse_dialect(to_toml(document))
    message = dialect.decode(payload(record, dialect))
    refused = {violation.element for violation in dialect.check(message)}
    assert refused == {2 if record["id"] == "moov-0420-unexpected-field" else 28}


@of_kind("valid")
def test_damaged_at_any_byte_it_is_another_message_or_fails_no_earlier_than_the_damage(record):
    dialect = dialect_of(record)
    wire = payload(record, dialect)
    lost = len(bytes.fromhex(record["hex"])) - len(wire)
    starts = sorted(start - lost for start, _ in record["offsets"].values() if start >= lost)
    for position in range(len(wire)):
        begin = max((start for start in starts if start <= position), default=0)
        for damaged in (wire[:position], put(wire, position, 0x80), put(wire, position, wire[position] ^ 1)):
            outcome = decoded(dialect, damaged)
            if isinstance(outcome, DecodeError):
                assert begin <= outcome.offset <= len(damaged), outcome
                assert outcome.field in (*HEADS, *FIELDS)
            else:
                assert bytes(outcome) == damaged
                assert dialect.decode(dialect.encode(outcome.to_dict())) == outcome


def decoded(dialect, wire):
    try:
        return dialect.decode(wire)
    except DecodeError as error:
        return error


HEADS = ("t", "p", "1", "h")
FIELDS = tuple(map(str, range(1, 193)))


def put(wire, position, byte):
    return wire[:position] + bytes([byte]) + wire[position + 1 :]


SHIPPED = {
    "visa-base1": "visa-base1-like",
    "mastercard-auth-ebcdic": "mastercard-cis-like",
    "mastercard-auth-ebcdic-masked": "mastercard-cis-like",
    "mastercard-ipm-ebcdic": "mastercard-ipm-like",
    "amex-like-ebcdic": "amex-gcag-like",
    "unionpay-pos-bcd": "unionpay-pos-like",
    "iso93-epoc-ascii": "iso93-ascii",
}
OTHERWISE = {
    "chhil-1120-ebcdic": {"128": "F0F0F0F0F0F0F0F0"},  # there text, here bytes, as a MAC is
    "stark-mc-0400-2": {"48": "D7F6F3F1F3D4E6C2F3F9F4F7F9F9F0F8F2F2F8F7F0F1D4F9F2F0F3F0F0F0"},  # bytes, for its parts
    "stark-visa-0100-6": {"35": "4123709999000029=31122011212120531127"},  # there D
}
FOREIGN = {
    "epoc-purchasewithcashbackpartialapprovalfromissuer": "DE 62 with two digits of length",
    "epoc-purchasewithcashbackpartialapprovaltoaquirer": "DE 62 with two digits of length",
    "epoc-purchasewithcashbackrequest": "DE 62 with two digits of length",
}
"""Messages that are not quite in the dialect that we ship for their family, and why."""

OURS = [r for r in RECORDS if r["kind"] == "valid" and r["dialect"] in SHIPPED and r["id"] not in FOREIGN]


@pytest.mark.parametrize("record", OURS, ids=[record["id"] for record in OURS])
def test_a_shipped_dialect_reads_the_messages_of_its_family(record):
    dialect = load_dialect(SHIPPED[record["dialect"]])
    wire = bytes.fromhex(record["hex"])
    message = dialect.decode(dialect.framing.unwrap(wire) if record["spec"].get("framing") else wire)
    fields = {key: value for key, value in message.to_dict().items() if key not in ("mti", "header")}
    assert fields == record["fields"] | OTHERWISE.get(record["id"], {})
    assert dialect.encode(message.to_dict()) == bytes(message)
    assert dialect.encode(message.to_dict(nested=True)) == bytes(message)


def test_sub_elements_of_mastercard_are_read_by_tag():
    record = next(record for record in RECORDS if record["id"] == "stark-mc-0400-2")
    dialect = load_dialect("mastercard-cis-like")
    parts = dialect.decode(dialect.framing.unwrap(bytes.fromhex(record["hex"])))[48]
    assert parts.to_dict() == {"TCC": "P", "63": "MWB3947990822", "87": "M", "92": "000"}


def test_the_chip_data_of_visa_is_read_behind_its_data_set():
    record = next(record for record in RECORDS if record["id"] == "stark-visa-0100-6")
    dialect = load_dialect("visa-base1-like")
    message = dialect.decode(dialect.framing.unwrap(bytes.fromhex(record["hex"])))
    expected = record["decoded"]["55"]
    assert message[55].to_dict() == {"dataset": "01", "length": "005F", **expected["tlv"]}
    assert (message["62.1"], message["63.1"]) == ("Y", "0002")


def test_a_dialect_in_words_is_one_of_ours_or_nearly():
    record = MORE["base24-like-0210"]
    message = load_dialect("iso87-ascii").decode(bytes.fromhex(record["hex"]))
    assert message.to_dict() == {"mti": "0210", **record["fields"]}
    assert message["54.1.account"] == "10"


def test_the_chip_data_of_american_express_is_read_by_position():
    record = MORE["amex-gcag-1100"]
    message = load_dialect("amex-gcag-like").decode(bytes.fromhex(record["hex"]))
    assert {key: message[key] for key in ("2", "22", "35", "37")} == {
        key: record["fields"][key] for key in ("2", "22", "35", "37")
    }
    assert message[55] == record["fields"]["55"]["hex"]
    assert (message["55.name"], message["55.9F26"], message["55.9F27"]) == ("AGNS", "8719B6CD14D2A2E6", "80")


def test_a_dialect_of_three_lines_reads_a_message_with_a_binary_bitmap():
    binary_bitmap = 'extends = "iso87-ascii"\nname = "mine"\ntitle = "mine"\n[bitmap]\nencoding = "binary"\n'
    record = MORE["jpos-users-0800"]
    message = parse_dialect(binary_bitmap).decode(bytes.fromhex(record["hex"]))
    assert message.to_dict() == {"mti": "0800", **record["fields"]}
