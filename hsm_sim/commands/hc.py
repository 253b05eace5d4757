"""HC: generate a TMK, TPK or PVK under a current key of the terminal."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Optional, Values, characters, digits, key

TERMINAL_KEY = "002"
"""TMK, TPK or PVK; the new one is what the current one is."""


def execute(unit: Unit, request: Values) -> Values:
    """Make a random key as long as the current one; give it under that and under the LMK."""
    current = keys.decrypt_under_lmk(unit.lmk, TERMINAL_KEY, request["current_key"])
    scheme, header = keys.scheme_of(request["current_key"]), current.header
    outer, inner = request.get("current_scheme", scheme), request.get("lmk_scheme", scheme)
    new = keys.generate(len(current.data), current.algorithm)
    return {
        "key_under_current": keys.encrypt_under_key(current, TERMINAL_KEY, new, outer, header),
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, TERMINAL_KEY, new, inner, header),
    }


COMMAND = Command(
    code="HC",
    title="Generate a TMK, TPK or PVK",
    request=(
        key("current_key", "current TMK, TPK or PVK under the LMK"),
        Optional(
            ";",
            (
                characters("current_scheme", 1, "key scheme under the current key", shown=True),
                characters("lmk_scheme", 1, "key scheme under the LMK", shown=True),
                digits("reserved", 1, "0", shown=True),
            ),
        ),
    ),
    response=(
        key("key_under_current", "the new key under the current one"),
        key("key_under_lmk", "the new key under the LMK"),
    ),
    execute=execute,
)
