"""Whether an HSM may be used, by its answer to NC (perform diagnostics)."""

from saklar.hsm_sim.errors import meaning
from saklar.hsm_sim.unit import build_command, parse_response

DIAGNOSTICS = build_command("NC")


class Health:
    """Holds HSMs to one LMK: keys under another's LMK are of no use to them.

    Args:
        lmk_check_value: the LMK's, 6 to 16 hex digits; None for that of the HSM that answers first.
    """

    def __init__(self, lmk_check_value: str | None = None) -> None:
        self._expected = lmk_check_value.upper() if lmk_check_value else None

    def fault(self, response: bytes) -> str | None:
        """Why an HSM that gives this response to NC may not be used; None if it may."""
        parsed = parse_response("NC", response)
        if not parsed.ok:
            return f"NC gives error {parsed.error}, {meaning(parsed.error)}"
        found = parsed.values["lmk_check_value"].upper()
        self._expected = self._expected or found
        if not found.startswith(self._expected):
            return f"its LMK has the check value {found[:6]}, not {self._expected[:6]}"
        return None
