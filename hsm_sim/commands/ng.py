"""NG: decrypt a PIN."""

import re

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto import decimalisation, tdes
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PinUnderLmk, stored_pin
from saklar.hsm_sim.layout import Field, Values, digits

REFERENCE_PAIR = 9
"""Index of LMK pair 18-19, for the reference numbers on PIN mailers."""


def execute(unit: Unit, request: Values) -> Values:
    """Give the PIN in the clear, and the number that a mailer would have. Needs the authorised state."""
    unit.state.check_authorised()
    pin = stored_pin(unit, request)
    mixed = tdes.encrypt(unit.lmk.pair(REFERENCE_PAIR), bytes.fromhex(request["account_number"].rjust(16, "0")))
    return {"clear_pin": pin + "F", "reference_number": decimalisation.select(mixed, 12)}


COMMAND = Command(
    code="NG",
    title="Decrypt a PIN",
    request=(pins.ACCOUNT_NUMBER, PinUnderLmk("pin")),
    response=(
        Field("clear_pin", "LH", re.compile("[0-9]{4,12}F+"), "the PIN, filled with F to one digit more"),
        digits("reference_number", 12, "of a PIN mailer; made in saklar's own way"),
    ),
    execute=execute,
)
