"""Dialect files made of the compact descriptions that come with tests/data/codecs/messages.json."""

import json

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
    framing = spec.get("framing")
    if framing:
        encoding = {"bin": "binary"}.get(framing["enc"], framing["enc"])
        document["framing"] = {"size": framing["size"], "encoding": encoding, "plus": -framing.get("adjust", 0)}
    return document


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


def as_json(document):
    """A document as text, to be looked at."""
    return json.dumps(document, indent=1)
