"""JA: generate a random PIN."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.verification import PinUnderLmk
from saklar.hsm_sim.layout import Values, digits

SHORTEST, LONGEST = 4, 12


def execute(unit: Unit, request: Values) -> Values:
    """Make a PIN of that many digits, each as likely as the others, and give it under the LMK."""
    length = int(request["pin_length"])
    if not SHORTEST <= length <= LONGEST:
        raise HsmError(ErrorCode.PIN_LENGTH, f"a PIN has {SHORTEST} to {LONGEST} digits")
    pin = f"{int(unit.random_digits(32), 16) % 10**length:0{length}d}"
    return {"pin": pin_under_lmk.encrypt(unit, pin, request["account_number"])}


COMMAND = Command(
    code="JA",
    title="Generate a random PIN",
    request=(pins.ACCOUNT_NUMBER_OR_PAN, digits("pin_length", 2, "digits of the PIN", shown=True)),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
