"""What the commands have in common that take a key from under a ZMK to under the LMK, or the other way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError, HsmWarning
from saklar.hsm_sim.keys import key_types
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import ZMK
from saklar.hsm_sim.layout import Field, Optional, Part, Reader, Values, characters, digits, key, pair

PAIRS = ("402", "009", "000")
"""Types of keys that are pairs: CVK and BDK, and a ZMK that goes under another."""

CHECK_VALUE = Field("check_value", "6H or 16H", re.compile("[0-9A-F]{16}|[0-9A-F]{6}"), "KCV", shown=True)

OPTIONS = Optional(
    ";",
    (
        characters("zmk_scheme", 1, "key scheme under the ZMK", shown=True),
        characters("lmk_scheme", 1, "key scheme under the LMK", shown=True),
        digits("check_value_type", 1, "0 for a KCV of 16 digits, 1 for 6", shown=True),
    ),
)
"""What may end a request; the scheme of what comes in is told by the key itself."""


@dataclass(frozen=True, slots=True)
class _Flag:
    """0 for a ZMK or 1 for a TMK, behind a semicolon; before a key with a scheme letter some hosts leave that out."""

    shown: ClassVar = ("zmk_flag",)

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        if reader.take_if(";"):
            values["zmk_flag"] = reader.take(_DIGIT, "zmk_flag")
        elif _BARE_FLAG.match(reader.rest):
            values["zmk_flag"] = reader.take(_BARE_FLAG, "zmk_flag")

    def write(self, values: Values) -> str:
        """See `Part`."""
        return f";{values['zmk_flag']}" if "zmk_flag" in values else ""

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [("zmk_flag", "1N", "0 for a ZMK, 1 for a TMK; optional, after ';'")]


ZMK_FLAG = _Flag()

_DIGIT = re.compile("[0-9]")
_BARE_FLAG = re.compile("[01](?=[SUXTY])")

_FLAGS = {"0": key_types.ZMK, "1": key_types.TMK}


def zmk_or_tmk(unit: Unit, request: Values, use: Use) -> keys.ClearKey:
    """The key that another goes under, a ZMK or a TMK as a flag says.

    Raises:
        HsmError: the flag is unknown, or the key none of that type.
    """
    kind = _FLAGS.get(request.get("zmk_flag", "0"))
    if kind is None:
        raise HsmError(ErrorCode.INVALID_INPUT, "zmk_flag: 0 for a ZMK, 1 for a TMK")
    return keys.decrypt_under_lmk(unit.lmk, kind, request["zmk"], use=use, algorithms=keys.SYMMETRIC)


def importing(code: str, title: str, types: str | Mapping[str, str], name: str, *, corrects: bool = False) -> Command:
    """A command that takes a key from under a ZMK to under the LMK.

    Args:
        code: of the command.
        title: of its page.
        types: the key's type, or its type by a flag before everything else.
        name: what the key is called in the fields.
        corrects: whether a key of even parity is taken all the same, corrected, with warning 01.
    """

    def execute(unit: Unit, request: Values) -> Values:
        """Decrypt the key under the ZMK, encrypt it under the LMK."""
        key_type = chosen_type(types, request)
        zmk = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"], use=Use.DECRYPT, algorithms=keys.SYMMETRIC)
        encrypted = request[f"{name}_under_zmk"]
        clear = keys.decrypt_under_key(zmk, key_type, encrypted)
        good = keys.corrected(clear) if corrects else keys.checked(clear, ErrorCode.DESTINATION_KEY_PARITY)
        scheme = request.get("lmk_scheme", keys.scheme_under(unit.lmk, good, encrypted))
        response = {
            f"{name}_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, good, scheme),
            "check_value": shown_check_value(good, request),
        }
        if good != clear:
            raise HsmWarning(ErrorCode.VERIFICATION_FAILED, "the imported key had even parity", response)
        return response

    return _command(code, title, types, (f"{name}_under_zmk", f"{name}_under_lmk"), execute)


def exporting(code: str, title: str, types: str | Mapping[str, str], name: str) -> Command:
    """A command that takes a key from under the LMK to under a ZMK; arguments as of `importing`."""

    def execute(unit: Unit, request: Values) -> Values:
        """Decrypt the key under the LMK, encrypt it under the ZMK."""
        key_type = chosen_type(types, request)
        zmk = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"], use=Use.ENCRYPT, algorithms=keys.SYMMETRIC)
        encrypted = request[f"{name}_under_lmk"]
        clear = keys.decrypt_under_lmk(
            unit.lmk,
            key_type,
            encrypted,
            parity_error=ErrorCode.DESTINATION_KEY_PARITY,
            algorithms=keys.SYMMETRIC,
        )
        scheme = request.get("zmk_scheme", keys.scheme_of(encrypted))
        return {
            f"{name}_under_zmk": keys.encrypt_under_key(zmk, key_type, clear, scheme),
            "check_value": shown_check_value(clear, request),
        }

    return _command(code, title, types, (f"{name}_under_lmk", f"{name}_under_zmk"), execute)


def shown_check_value(clear: keys.ClearKey, request: Values) -> str:
    """The check value in the length that was asked for: 16 digits, or 6."""
    return clear.check_value if request.get("check_value_type", "0") == "0" else clear.check_value[:6]


def flag_of(types: str | Mapping[str, str]) -> tuple[Part, ...]:
    """The flag that tells the type of a key, where there are several."""
    if isinstance(types, str):
        return ()
    return (
        digits("flag", 1, ", ".join(f"{value} {key_types.NAMES[code]}" for value, code in types.items()), shown=True),
    )


def chosen_type(types: str | Mapping[str, str], request: Values) -> str:
    """The type of a key, or the one that a request's flag tells.

    Raises:
        HsmError: the flag is unknown.
    """
    if isinstance(types, str):
        return types
    found = types.get(request["flag"])
    if found is None:
        raise HsmError(ErrorCode.INVALID_INPUT, f"the flag is one of {', '.join(types)}")
    return found


def _command(
    code: str,
    title: str,
    types: str | Mapping[str, str],
    names: tuple[str, str],
    execute: Callable[[Unit, Values], Values],
) -> Command:
    given, made = names
    # Only of a key that is always a pair can 32 digits without a scheme be one.
    form = pair if types in PAIRS else key
    zmk_form = pair if types == ZMK.code else key
    return Command(
        code=code,
        title=title,
        request=(*flag_of(types), zmk_form("zmk", "ZMK under the LMK"), form(given, "the key as it comes"), OPTIONS),
        response=(form(made, "the key as it goes"), CHECK_VALUE),
        execute=execute,
    )
