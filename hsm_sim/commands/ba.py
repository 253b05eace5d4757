"""BA: encrypt a PIN that is in the clear."""

import re

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.verification import PinUnderLmk
from saklar.hsm_sim.layout import Field, Values


def execute(unit: Unit, request: Values) -> Values:
    """Give the PIN under the LMK. Needs the authorised state."""
    unit.state.check_authorised()
    return {"pin": pin_under_lmk.encrypt(unit, request["clear_pin"].rstrip("F"), request["account_number"])}


COMMAND = Command(
    code="BA",
    title="Encrypt a clear PIN",
    request=(
        Field("clear_pin", "≤13H", re.compile("[0-9]{4,12}F{1,9}"), "the PIN, filled with F"),
        pins.ACCOUNT_NUMBER,
    ),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
