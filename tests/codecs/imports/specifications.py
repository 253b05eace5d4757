"""Small specifications of moov-io/iso8583, written by hand for the tests."""

import json

from saklar.codecs import parse_dialect
from saklar.codecs.imports.document import to_toml
from saklar.codecs.imports.moov import from_moov


def field(type_, length, enc, prefix, **more):
    return {"type": type_, "length": length, "description": "a field", "enc": enc, "prefix": prefix, **more}


def padded(side, pad):
    return {"padding": {"type": side, "pad": pad}}


MTI = field("String", 4, "ASCII", "ASCII.Fixed")
BITMAP = field("Bitmap", 8, "HexToASCII", "Hex.Fixed")


def spec(**fields):
    """A specification; keys begin with an underscore, which numbers of fields need in Python."""
    return json.dumps({"name": "a spec", "fields": {"0": MTI, "1": BITMAP} | {key[1:]: f for key, f in fields.items()}})


def dialect(text):
    return parse_dialect(to_toml(from_moov(text)))


def fixed(length, **more):
    return field("String", length, "ASCII", "ASCII.Fixed", **more)


def number(length):
    return field("Numeric", length, "ASCII", "ASCII.Fixed", **padded("Left", "0"))


def text(prefix, length, **more):
    return field("String", length, "ASCII", f"ASCII.{prefix}", **more)


def composite(subfields, prefix="ASCII.LLL", **more):
    return field("Composite", 999, "", prefix, subfields=subfields, **more)


def bits(length, enc="HexToASCII"):
    return {"type": "Bitmap", "length": length, "enc": enc, "prefix": "Hex.Fixed", "disableAutoExpand": True}


LL2 = text("LL", 2)
BY_TAG = {"length": 2, "enc": "ASCII", **padded("Left", "0"), "sort": "StringsByInt"}
HEX = field("Hex", 0, "Binary", "BerTLV")
CHIP = {"enc": "BerTLVTag", "sort": "StringsByHex"}
