"""BW: take a key from under the old LMK to under the LMK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import attributes
from saklar.hsm_sim.families.transport import CHECK_VALUE, shown_check_value
from saklar.hsm_sim.families.typed_keys import TYPED_KEY, check_length, type_of
from saklar.hsm_sim.layout import Maybe, Optional, Values, characters, digits, key_pair

AS_IT_IS = "0"
WITH_CHECK_VALUE = "1"


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key under the LMK in key change storage, encrypt it under the present one."""
    key_type = type_of(request)
    clear = keys.decrypt_under_lmk(unit.stored_lmk(), key_type, request["key"], algorithms=keys.SYMMETRIC)
    check_length(clear, request)
    scheme = request.get("lmk_scheme", AS_IT_IS)
    if scheme == AS_IT_IS:
        scheme = keys.scheme_under(unit.lmk, clear, request["key"])
    header = attributes.new_key(request).header if "usage" in request else None
    response = {"key_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, clear, scheme, header)}
    if request.get("check_value_flag") == WITH_CHECK_VALUE:
        response["check_value"] = shown_check_value(clear, request)
    return response


COMMAND = Command(
    code="BW",
    title="Take a key from under the old LMK to under the LMK",
    request=(
        *TYPED_KEY,
        Optional(
            ";",
            (
                digits("reserved", 1, "0", shown=True),
                characters("lmk_scheme", 1, "key scheme under the LMK, 0 for the one that it has", shown=True),
                digits("reserved_2", 1, "0", shown=True),
            ),
        ),
    ),
    options=(
        attributes.ATTRIBUTES,
        Optional(
            "!",
            (
                digits("check_value_flag", 1, "1 to show the KCV", shown=True),
                digits("check_value_type", 1, "0 for 16 digits, 1 for 6", shown=True),
            ),
        ),
    ),
    response=(key_pair("key_under_lmk", "the key under the LMK"), Maybe(CHECK_VALUE)),
    execute=execute,
)
