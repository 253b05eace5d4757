"""HA: generate a TAK under a TMK, TPK or PVK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.clear_key import Use
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.key_types import TAK, TMK
from saklar.hsm_sim.layout import Values, key
from saklar.hsm_sim.transport import OPTIONS


def execute(unit: Unit, request: Values) -> Values:
    """Make a random key as long as the one that it goes under; give it under that and under the LMK."""
    under = keys.decrypt_under_lmk(unit.lmk, TMK, request["tmk"], use=Use.ENCRYPT)
    scheme = keys.scheme_of(request["tmk"])
    new = keys.generate(len(under.data), under.algorithm)
    return {
        "key_under_tmk": keys.encrypt_under_key(under, TAK, new, request.get("zmk_scheme", scheme)),
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, TAK, new, request.get("lmk_scheme", scheme)),
    }


COMMAND = Command(
    code="HA",
    title="Generate a TAK",
    request=(key("tmk", "TMK, TPK or PVK under the LMK"), OPTIONS),
    response=(
        key("key_under_tmk", "the new TAK under it"),
        key("key_under_lmk", "the new TAK under the LMK"),
    ),
    execute=execute,
)
