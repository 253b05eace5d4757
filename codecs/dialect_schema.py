"""The JSON Schema of dialect files, for editors; made of the same names that reading them uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from saklar.codecs import charsets
from saklar.codecs import dialect_file as file
from saklar.codecs import element_file as elements
from saklar.codecs.bitmap import MOST
from saklar.codecs.dates import DATES
from saklar.codecs.element import BY_PARTS, FORMATS, LENGTHS, REST

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_VARIABLE = [kind for kind in LENGTHS if kind != "fixed"]


def schema() -> Schema:
    """JSON Schema (2020-12) of a dialect file. Keys that a file that it `extends` may give are not required."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A saklar dialect",
        **_table(
            file.TOP_KEYS,
            name=_TEXT,
            title=_TEXT,
            extends=_TEXT,
            source={"type": "string"},
            strict={"type": "boolean"},
            version=_one_of(file.VERSIONS),
            mti=_table(("encoding",), encoding=_one_of(file.MTI_ENCODINGS)),
            bitmap=_bitmap(),
            header=_or_out(_header()),
            framing=_or_out(_framing()),
            encoding=_table(elements.ENCODINGS, **{group: _one_of(some) for group, some in elements.ENCODINGS.items()}),
            odd=_table(elements.ODD_KEYS, **dict.fromkeys(elements.ODD_KEYS, _fill())),
            elements=_by_key(r"^[1-9][0-9]{0,2}$", _or_out({"$ref": "#/$defs/element"})),
            messages=_by_key(
                "^[0-9x]{4}$", _or_out(_table(file.MESSAGE_KEYS, required=_numbers(), optional=_numbers()))
            ),
        ),
        "anyOf": [
            {"required": ["extends"]},
            {"required": ["title", "version", "mti", "bitmap", "encoding", "elements"]},
        ],
        "required": ["name"],
        "$defs": {"element": _element(elements.ELEMENT_KEYS), "item": _element(elements.ITEM_KEYS), "parts": _parts()},
    }


def _table(keys: Iterable[str], **known: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": {key: known.get(key, {}) for key in keys}}


def _by_key(pattern: str, content: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "patternProperties": {pattern: content}}


def _one_of(values: Iterable[str]) -> Schema:
    return {"enum": list(values)}


def _number(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _numbers() -> Schema:
    return {"type": "array", "items": _number(file.FIRST, file.LAST)}


def _or_out(content: Schema) -> Schema:
    """The table, or false to leave out what an extended file has."""
    return {"anyOf": [content, {"const": False}]}


def _fill() -> Schema:
    return {"type": "string", "pattern": "^(none|(left|right) (.|space))$"}


def _bitmap() -> Schema:
    return _table(
        file.BITMAP_KEYS,
        encoding=_one_of(elements.BITMAP_ENCODINGS),
        bitmaps=_number(1, MOST),
        always=_number(1, MOST),
        first_bit=_one_of(file.FIRST_BITS),
        case=_one_of(file.CASES),
    )


def _header() -> Schema:
    part = _table(
        file.HEADER_PART_KEYS,
        **_length_keys(),
        name=_TEXT,
        value={"type": "string"},
        literal={"type": "boolean"},
        length_of=_one_of(file.HEADER_LENGTHS),
        since=_TEXT,
        answers=_TEXT,
    )
    parts = {"type": "array", "minItems": 1, "items": {**part, "required": ["name"]}}
    return _table(file.HEADER_KEYS, parts=parts, standard=_number(1, 999))


def _framing() -> Schema:
    return _table(
        file.FRAMING_KEYS,
        size=_number(1, 8),
        encoding=_one_of(file.FRAMING_ENCODINGS),
        plus=_number(-99, 99),
        counts=_one_of(file.FRAMING_COUNTS),
    )


def _length_keys() -> dict[str, Schema]:
    encodings = dict.fromkeys(name for some in elements.ENCODINGS.values() for name in some)
    return {
        "format": _one_of(FORMATS),
        "length": {"anyOf": [_number(1, elements.MAX_LENGTH), _one_of([*_VARIABLE, BY_PARTS, REST])]},
        "max": _number(1, elements.MAX_LENGTH),
        "encoding": _one_of(encodings),
        "length_encoding": _one_of(elements.ENCODINGS["length"]),
        "length_size": _number(1, 8),
        "length_plus": _number(-99, 99),
        "counts": _one_of(elements.COUNTS),
        "odd": _fill(),
    }


def _element(keys: Iterable[str]) -> Schema:
    return _table(
        keys,
        **_length_keys(),
        key=_TEXT,
        name=_TEXT,
        secret=_one_of(elements.SECRETS),
        date=_or_out(_one_of(DATES)),
        fill=_fill(),
        parts={"$ref": "#/$defs/parts"},
    )


def _parts() -> Schema:
    item = {"$ref": "#/$defs/item"}
    return {
        **_table(
            elements.PARTS_KEYS,
            kind=_one_of(elements.KINDS),
            prefix={"type": "array", "items": item},
            counted=_TEXT,
            items={"anyOf": [{"type": "array", "items": item}, {"type": "object", "additionalProperties": item}]},
            each=item,
            other=item,
            tag=_number(1, 8),
            tag_encoding=_one_of((*charsets.NAMES, "bcd", "binary")),
            length=_one_of(_VARIABLE),
            length_encoding=_one_of(elements.ENCODINGS["length"]),
            length_first={"type": "boolean"},
            bitmap=_one_of(elements.BITMAP_ENCODINGS),
            bits=_number(8, 192),
            base=_number(0, 999),
        ),
        "required": ["kind"],
    }
