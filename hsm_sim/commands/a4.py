"""A4: form a key of encrypted components."""

import dataclasses

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.components import Components, formed
from saklar.hsm_sim.layout import Optional, Values, characters, digits, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Add the components up; give the key under the LMK. In a key block it is no component any more."""
    new = formed(unit, request["key_type"], request)
    header = new.header and dataclasses.replace(new.header, key_version=request.get("key_version", "00"))
    return {
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, request["key_type"], new, request["lmk_scheme"], header),
        "check_value": new.check_value[:6],
    }


COMMAND = Command(
    code="A4",
    title="Form a key of encrypted components",
    request=(
        digits("components", 1, "how many, 2 to 9", shown=True),
        hexadecimal("key_type", 3, "key type; FFF for key blocks", shown=True),
        characters("lmk_scheme", 1, "key scheme under the LMK", shown=True),
        Components(key("component", "a component under the LMK"), "components"),
    ),
    options=(
        Optional(
            "#",
            (
                characters("key_version", 2, "key version number", shown=True),
                digits("optional_blocks", 2, "00", shown=True),
            ),
        ),
    ),
    response=(key("key_under_lmk", "the key under the LMK"), hexadecimal("check_value", 6, "KCV", shown=True)),
    execute=execute,
)
