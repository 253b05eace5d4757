"""Keys that are formed of components: what A4, GG and GY have in common."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.layout import Key, Reader, Values

MIN_COMPONENTS, MAX_COMPONENTS = 2, 9

_COUNT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Components:
    """So many components: as an earlier field says, or always the same number."""

    key: Key
    count: str | int

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        for name in self._names(values):
            dataclasses.replace(self.key, name=name).read(reader, values)

    def write(self, values: Values) -> str:
        """See `Part`."""
        return "".join(dataclasses.replace(self.key, name=name).write(values) for name in self._names(values))

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        names = _names(self.count if isinstance(self.count, int) else MAX_COMPONENTS)
        return [(name, self.key.form, self.key.about) for name in names]

    def _names(self, values: Values) -> Sequence[str]:
        return _names(self.count if isinstance(self.count, int) else checked_count(values.get(self.count, "")))


def checked_count(text: str) -> int:
    """How many components there are.

    Raises:
        HsmError: so many there cannot be.
    """
    if _COUNT.fullmatch(text) is None or not MIN_COMPONENTS <= int(text) <= MAX_COMPONENTS:
        raise HsmError(ErrorCode.INPUT_FORMAT, f"a key has {MIN_COMPONENTS} to {MAX_COMPONENTS} components")
    return int(text)


def formed(unit: Unit, key_type: str | KeyType, request: Values) -> keys.ClearKey:
    """The exclusive-or of the components, of odd parity. Of key blocks, the first says what the key is.

    Raises:
        HsmError: a component is none, or they have different lengths.
    """
    names = [name for name in _names(MAX_COMPONENTS) if name in request]
    found = [keys.decrypt_under_lmk(unit.lmk, key_type, request[name], algorithms=keys.SYMMETRIC) for name in names]
    if len({(len(each.data), each.algorithm) for each in found}) > 1:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "the components have different lengths")
    first, data = found[0], reduce(xor, (each.data for each in found))
    if not any(data):
        raise HsmError(ErrorCode.DESTINATION_KEY_PARITY, "the components cancel each other out")
    return keys.corrected(dataclasses.replace(first, data=data))


def _names(count: int) -> Sequence[str]:
    return [f"component_{number}" for number in range(1, count + 1)]
