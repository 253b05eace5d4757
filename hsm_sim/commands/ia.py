"""IA: generate a ZPK under a ZMK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.clear_key import Use
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.key_types import ZMK, ZPK
from saklar.hsm_sim.layout import Values, key
from saklar.hsm_sim.transport import CHECK_VALUE, OPTIONS, shown_check_value


def execute(unit: Unit, request: Values) -> Values:
    """Make a random key as long as the one that it goes under; give it under that and under the LMK."""
    under = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"], use=Use.ENCRYPT)
    scheme = keys.scheme_of(request["zmk"])
    new = keys.generate(len(under.data), under.algorithm)
    return {
        "key_under_zmk": keys.encrypt_under_key(under, ZPK, new, request.get("zmk_scheme", scheme)),
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, ZPK, new, request.get("lmk_scheme", scheme)),
        "check_value": shown_check_value(new, request),
    }


COMMAND = Command(
    code="IA",
    title="Generate a ZPK",
    request=(key("zmk", "ZMK under the LMK"), OPTIONS),
    response=(
        key("key_under_zmk", "the new ZPK under it"),
        key("key_under_lmk", "the new ZPK under the LMK"),
        CHECK_VALUE,
    ),
    execute=execute,
)
