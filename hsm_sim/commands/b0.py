"""B0: change a key's scheme."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Values, characters, hexadecimal, key_pair


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key and encrypt it in the other scheme, under the same LMK."""
    key_type = request["key_type"]
    clear = keys.decrypt_under_lmk(unit.lmk, key_type, request["key"], algorithms=keys.SYMMETRIC)
    return {"key_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, clear, request["lmk_scheme"])}


COMMAND = Command(
    code="B0",
    title="Change the scheme of a key",
    request=(
        hexadecimal("key_type", 3, "key type", shown=True),
        key_pair("key", "the key under the LMK"),
        characters("lmk_scheme", 1, "its new scheme", shown=True),
    ),
    response=(key_pair("key_under_lmk", "the key in its new scheme"),),
    execute=execute,
)
