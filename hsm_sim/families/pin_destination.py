"""Where a translated PIN goes: under a ZPK, or under the DUKPT key that a BDK and a KSN tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families.dukpt import Ksn
from saklar.hsm_sim.families.dukpt_pins import BDKS, FLAG_PATTERN, derived_pin_key
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Reader, Values, key

_PREFIX = "destination_"
_NOTHING = re.compile("")

_KEY = key("destination_zpk", "ZPK that it goes out under, or the BDK")
_KSN = Ksn(_PREFIX)


class _Key:
    """A ZPK, or a BDK behind its flag."""

    shown: ClassVar = ("destination_flag",)

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]] | None:
        """Usually it is a ZPK."""
        return _KEY.quick

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        if FLAG_PATTERN.match(reader.rest):
            values["destination_flag"] = reader.take(FLAG_PATTERN, "destination_flag")
        _KEY.read(reader, values)

    def write(self, values: Values) -> str:
        """See `Part`."""
        return values.get("destination_flag", "") + _KEY.write(values)

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield "destination_flag", "1A", "* for a BDK-1, ~ for a BDK-2; nothing for a ZPK"
        yield from _KEY.rows()


class _DestinationKsn:
    """The KSN, where the PIN goes under a DUKPT key."""

    quick: ClassVar[tuple[str | None, re.Pattern[str]]] = (None, _NOTHING)

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        if "destination_flag" in values:
            _KSN.read(reader, values)

    def write(self, values: Values) -> str:
        """See `Part`."""
        return _KSN.write(values) if "destination_flag" in values else ""

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        for name, form, about in _KSN.rows():
            yield name, form, f"{about}; behind a BDK"


DESTINATION_KEY, DESTINATION_KSN = _Key(), _DestinationKsn()


def destination_key(unit: Unit, request: Values) -> keys.ClearKey:
    """The key that the PIN goes out under.

    Raises:
        HsmError: it is none, or not of the kind that the request says.
    """
    flag, error = request.get("destination_flag"), ErrorCode.DESTINATION_KEY_PARITY
    if flag is None:
        return keys.decrypt_under_lmk(
            unit.lmk,
            ZPK,
            request["destination_zpk"],
            parity_error=error,
            use=Use.ENCRYPT,
            algorithms=keys.SYMMETRIC,
        )
    bdk = keys.decrypt_under_lmk(unit.lmk, BDKS[flag], request["destination_zpk"], parity_error=error, use=Use.DERIVE)
    return derived_pin_key(bdk, request, _PREFIX)
