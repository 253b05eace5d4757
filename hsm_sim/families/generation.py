"""What the commands have in common that make keys: at random, or of components."""

from __future__ import annotations

from collections.abc import Mapping

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.components import formed
from saklar.hsm_sim.families.transport import CHECK_VALUE, OPTIONS, chosen_type, flag_of, shown_check_value
from saklar.hsm_sim.keys import key_types
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.layout import Part, Values, key, pair


def generating_under(
    code: str,
    title: str,
    under: KeyType,
    made: str | Mapping[str, str],
    *,
    shows_check_value: bool = True,
) -> Command:
    """A command that makes a key as long as the one that it is to go out under.

    Args:
        code: of the command.
        title: of its page.
        under: a ZMK or a TMK.
        made: the new key's type, or its type by a flag before everything else.
        shows_check_value: whether its response ends with the KCV.
    """
    name = under.name.lower()

    def execute(unit: Unit, request: Values) -> Values:
        """Make a random key; give it under the other and under the LMK."""
        kind, scheme = chosen_type(made, request), keys.scheme_of(request[name])
        other = keys.decrypt_under_lmk(unit.lmk, under, request[name], use=Use.ENCRYPT, algorithms=keys.SYMMETRIC)
        new = keys.generate(len(other.data), other.algorithm)
        response = {
            f"key_under_{name}": keys.encrypt_under_key(other, kind, new, request.get("zmk_scheme", scheme)),
            "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, kind, new, request.get("lmk_scheme", scheme)),
        }
        return response | ({"check_value": shown_check_value(new, request)} if shows_check_value else {})

    response: tuple[Part, ...] = (
        key(f"key_under_{name}", f"the new key under the {under.name}"),
        key("key_under_lmk", "the new key under the LMK"),
    )
    return Command(
        code=code,
        title=title,
        request=(*flag_of(made), key(name, f"{under.name} under the LMK"), OPTIONS),
        response=(*response, CHECK_VALUE) if shows_check_value else response,
        execute=execute,
    )


def generating_pair(code: str, title: str, kind: KeyType) -> Command:
    """A command that makes a key of 16 bytes, under the LMK alone."""

    def execute(unit: Unit, request: Values) -> Values:
        """Make a random key; give it under the LMK."""
        new = keys.generate(keys.PAIR_BYTES)
        scheme = request.get("lmk_scheme", keys.usual_scheme(unit.lmk, new))
        return {
            "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, kind, new, scheme),
            "check_value": shown_check_value(new, request),
        }

    return Command(
        code=code,
        title=title,
        request=(OPTIONS,),
        response=(pair("key_under_lmk", "the new key under the LMK"), CHECK_VALUE),
        execute=execute,
    )


def forming_zmk(code: str, title: str, components: tuple[Part, ...], scheme: str) -> Command:
    """A command that adds ZMK components up.

    Args:
        code: of the command.
        title: of its page.
        components: their part of the request.
        scheme: of the ZMK under a variant LMK, where the request asks for none.
    """

    def execute(unit: Unit, request: Values) -> Values:
        """Add the components up; give the ZMK under the LMK."""
        zmk = formed(unit, key_types.ZMK, request)
        given = keys.scheme_of(request["component_1"])
        chosen = request.get("lmk_scheme", given if given in ("S", "U", "T") else scheme)
        return {
            "zmk_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_types.ZMK, zmk, chosen),
            "check_value": shown_check_value(zmk, request),
        }

    return Command(
        code=code,
        title=title,
        request=(*components, OPTIONS),
        response=(pair("zmk_under_lmk", "the ZMK under the LMK"), CHECK_VALUE),
        execute=execute,
    )
