"""BG: take a PIN from under the old LMK to under the LMK."""

import dataclasses

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.verification import PinUnderLmk
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the PIN under the LMK in key change storage, encrypt it under the present one."""
    account_number = request["account_number"]
    before = dataclasses.replace(unit, lmk=unit.stored_lmk())
    pin = pin_under_lmk.decrypt(before, request["pin"], account_number)
    return {"pin": pin_under_lmk.encrypt(unit, pin, account_number)}


COMMAND = Command(
    code="BG",
    title="Take a PIN from under the old LMK to under the LMK",
    request=(pins.ACCOUNT_NUMBER, PinUnderLmk("pin")),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
