"""NO: report the state of the HSM."""

import re

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.layout import Choice, Field, Maybe, Values, characters, digits

STATE, PCI = "00", "01"
_BUFFER_32K = "3"
_TCP = "1"
_KEY_TYPES_NOT_SEPARATE = "0"


def execute(unit: Unit, request: Values) -> Values:
    """Give buffer, connections and firmware; or whether the settings are those of PCI HSM."""
    if request["mode"] == PCI:
        return {"pci": _KEY_TYPES_NOT_SEPARATE}
    return {
        "buffer": _BUFFER_32K,
        "link": _TCP,
        "connections": f"{unit.state.counters.connections_open:04d}",
        "firmware": unit.firmware,
        "reserved": "00000",
    }


_STATE = (
    digits("buffer", 1, "mode 00: 3, frames of 32 KB", shown=True),
    digits("link", 1, "1: TCP", shown=True),
    digits("connections", 4, "clients that are connected", shown=True),
    characters("firmware", 9, "firmware number, 4-4", shown=True),
    digits("reserved", 5, "zeros", shown=True),
)

COMMAND = Command(
    code="NO",
    title="Report the state of the HSM",
    request=(Choice("mode", {STATE: "state", PCI: "settings of PCI HSM"}, ErrorCode.INVALID_INPUT),),
    response=(
        Maybe(
            Field("pci", "1N", re.compile("[012](?=$|\x19)"), "mode 01: 0, key type 002 is not kept apart", shown=True)
        ),
        *(Maybe(part) for part in _STATE),
    ),
    execute=execute,
)
