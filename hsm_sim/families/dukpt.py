"""Key serial numbers in host commands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saklar.hsm_sim.layout import Reader, Values

_COUNTER_DIGITS = 5
_FULL = 20
_DESCRIPTOR = re.compile("[0-9A-Fa-f]{3}")


@dataclass(frozen=True, slots=True)
class Ksn:
    """The lengths of a KSN's parts, one hex digit each (the counter's 5 not said), then the KSN.

    One shorter than 20 digits may be filled up with F on the left; hosts do either.
    """

    prefix: str = ""
    """Before the names of the fields, where a command has several KSNs."""

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        descriptor = reader.take(_DESCRIPTOR, f"{self.prefix}ksn_descriptor")
        length = sum(int(digit, 16) for digit in descriptor) + _COUNTER_DIGITS
        fill = _FULL - length
        filled = fill > 0 and reader.rest[:fill].upper() == "F" * fill
        pattern = f"[0-9A-Fa-f]{{{_FULL if filled else length}}}"
        values[f"{self.prefix}ksn_descriptor"] = descriptor
        values[f"{self.prefix}ksn"] = reader.take(re.compile(pattern), f"{self.prefix}ksn")

    def write(self, values: Values) -> str:
        """See `Part`."""
        text = values.get(f"{self.prefix}ksn_descriptor", "") + values.get(f"{self.prefix}ksn", "")
        if re.fullmatch("[0-9A-Fa-f]{8,50}", text) is None:
            raise ValueError(f"{self.prefix}ksn_descriptor, {self.prefix}ksn: 3H and 12 to 20H are expected")
        return text

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [
            (f"{self.prefix}ksn_descriptor", "3H", "lengths of key set, sub-key and device identifiers"),
            (f"{self.prefix}ksn", "≤20H", "key serial number"),
        ]


KSN = Ksn()


def ksn_bytes(request: Values, prefix: str = "") -> bytes:
    """The KSN of a request, 10 bytes, filled with F on the left (ANSI X9.24-1)."""
    return bytes.fromhex(request[f"{prefix}ksn"].rjust(_FULL, "F"))
