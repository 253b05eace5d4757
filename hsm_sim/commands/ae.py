"""AE: translate a TMK, TPK or PVK from under the LMK to under a TMK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families.transport import OPTIONS
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import TMK
from saklar.hsm_sim.layout import Values, key

TERMINAL_KEY = "002"
"""TMK, TPK or PVK."""


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key under the LMK, encrypt it under the TMK."""
    tmk = keys.decrypt_under_lmk(unit.lmk, TMK, request["tmk"], use=Use.ENCRYPT)
    clear = keys.decrypt_under_lmk(
        unit.lmk, TERMINAL_KEY, request["key_under_lmk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY
    )
    scheme = request.get("zmk_scheme", keys.scheme_of(request["key_under_lmk"]))
    return {"key_under_tmk": keys.encrypt_under_key(tmk, TERMINAL_KEY, clear, scheme)}


COMMAND = Command(
    code="AE",
    title="Translate a TMK, TPK or PVK from the LMK to a TMK",
    request=(
        key("tmk", "TMK under the LMK"),
        key("key_under_lmk", "the key under the LMK"),
        OPTIONS,
    ),
    response=(key("key_under_tmk", "the key under the TMK"),),
    execute=execute,
)
