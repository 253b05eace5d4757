"""CW: generate a card verification value."""

import re

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto import cvv
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import CVK
from saklar.hsm_sim.layout import Field, Optional, Values, digits, key_pair


def execute(unit: Unit, request: Values) -> Values:
    """Compute the value of PAN, expiry date and service code; give it."""
    cvk = keys.decrypt_under_lmk(unit.lmk, CVK, request["cvk"], use=Use.GENERATE)
    if len(cvk.data) != keys.PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a CVK is a pair")
    if "expiry" not in request:
        raise HsmError(ErrorCode.INVALID_INPUT, "expiry: missing")
    value = cvv.cvv(cvk.data, request["pan"], request["expiry"], request["service_code"])
    return {"cvv": value}


COMMAND = Command(
    code="CW",
    title="Generate a CVV",
    request=(
        key_pair("cvk", "CVK pair"),
        Field("pan", "≤19N", re.compile("[0-9]{12,19}"), "PAN"),
        Optional(";", (digits("expiry", 4, "expiry date"), digits("service_code", 3, "service code"))),
    ),
    response=(digits("cvv", 3, "CVV"),),
    execute=execute,
)
