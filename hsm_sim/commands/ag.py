"""AG: translate a TAK from under the LMK to under a TMK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families.transport import CHECK_VALUE, OPTIONS, shown_check_value
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import TAK, TMK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the TAK under the LMK, encrypt it under the TMK."""
    tmk = keys.decrypt_under_lmk(unit.lmk, TMK, request["tmk"], use=Use.ENCRYPT)
    tak = keys.decrypt_under_lmk(unit.lmk, TAK, request["tak_under_lmk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY)
    scheme = request.get("zmk_scheme", keys.scheme_of(request["tak_under_lmk"]))
    return {
        "tak_under_tmk": keys.encrypt_under_key(tmk, TAK, tak, scheme),
        "check_value": shown_check_value(tak, request),
    }


COMMAND = Command(
    code="AG",
    title="Translate a TAK from the LMK to a TMK",
    request=(
        key("tmk", "TMK under the LMK"),
        key("tak_under_lmk", "the TAK under the LMK"),
        OPTIONS,
    ),
    response=(key("tak_under_tmk", "the TAK under the TMK"), CHECK_VALUE),
    execute=execute,
)
