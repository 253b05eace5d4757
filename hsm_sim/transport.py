"""What the commands have in common that take a key from under a ZMK to under the LMK, or the other way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Field, Optional, Part, Values, characters, digits, key, pair

ZMK = "000"
PAIRS = ("402", "009")
"""Types of keys that are pairs: CVK and BDK."""

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


def importing(code: str, title: str, types: str | Mapping[str, str], name: str) -> Command:
    """A command that takes a key from under a ZMK to under the LMK.

    Args:
        code: of the command.
        title: of its page.
        types: the key's type, or its type by a flag before everything else.
        name: what the key is called in the fields.
    """

    def execute(unit: Unit, request: Values) -> Values:
        """Decrypt the key under the ZMK, encrypt it under the LMK."""
        key_type = _type(types, request)
        zmk = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"])
        encrypted = request[f"{name}_under_zmk"]
        clear = keys.checked(keys.unwrap(zmk.data, encrypted), ErrorCode.DESTINATION_KEY_PARITY)
        scheme = request.get("lmk_scheme", keys.scheme_of(encrypted))
        return {
            f"{name}_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, clear, scheme),
            "check_value": shown_check_value(clear, request),
        }

    return _command(code, title, types, (f"{name}_under_zmk", f"{name}_under_lmk"), execute)


def exporting(code: str, title: str, types: str | Mapping[str, str], name: str) -> Command:
    """A command that takes a key from under the LMK to under a ZMK; arguments as of `importing`."""

    def execute(unit: Unit, request: Values) -> Values:
        """Decrypt the key under the LMK, encrypt it under the ZMK."""
        key_type = _type(types, request)
        zmk = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"])
        encrypted = request[f"{name}_under_lmk"]
        clear = keys.decrypt_under_lmk(unit.lmk, key_type, encrypted, parity_error=ErrorCode.DESTINATION_KEY_PARITY)
        scheme = request.get("zmk_scheme", keys.scheme_of(encrypted))
        return {
            f"{name}_under_zmk": keys.wrap(zmk.data, clear.data, scheme),
            "check_value": shown_check_value(clear, request),
        }

    return _command(code, title, types, (f"{name}_under_lmk", f"{name}_under_zmk"), execute)


def shown_check_value(clear: keys.ClearKey, request: Values) -> str:
    """The check value in the length that was asked for: 16 digits, or 6."""
    return clear.check_value if request.get("check_value_type", "0") == "0" else clear.check_value[:6]


def _type(types: str | Mapping[str, str], request: Values) -> str:
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
    flag: tuple[Part, ...] = ()
    # Only of a key that is always a pair can 32 digits without a scheme be one.
    form = pair if types in PAIRS else key
    if not isinstance(types, str):
        meanings = ", ".join(f"{value} {keys.KEY_TYPES[type_]}" for value, type_ in types.items())
        flag = (digits("flag", 1, meanings, shown=True),)
    return Command(
        code=code,
        title=title,
        request=(*flag, key("zmk", "ZMK under the LMK"), form(given, "the key as it comes"), OPTIONS),
        response=(form(made, "the key as it goes"), CHECK_VALUE),
        execute=execute,
    )
