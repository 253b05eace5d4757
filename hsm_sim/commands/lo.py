"""LO: take a decimalisation table from under the old LMK to under the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families.decimalisation_tables import TABLE, decrypt_table, encrypt_table
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the table under the LMK in key change storage, encrypt it under the present one."""
    table = decrypt_table(unit.stored_lmk(), request["decimalisation_table"])
    if not table.isdecimal():
        raise HsmError(ErrorCode.DECIMALISATION_TABLE, "not a table under the old LMK")
    return {"decimalisation_table": encrypt_table(unit.lmk, table)}


COMMAND = Command(
    code="LO",
    title="Take a decimalisation table from under the old LMK to under the LMK",
    request=(TABLE,),
    response=(TABLE,),
    execute=execute,
)
