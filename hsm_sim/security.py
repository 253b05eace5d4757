"""What the HSM refuses to do, though it could: the security settings that a real unit has, with safe defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from saklar.codecs.settings import Table, read_toml
from saklar.hsm_sim.crypto import pin_block
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Values

AES_FORMAT = "48"
FORMATS = frozenset(pin_block.FORMATS) | frozenset(pin_block.PARTICULAR_FORMATS) | {AES_FORMAT}
"""PIN block format codes that the HSM can do."""

SAFE_FORMATS = frozenset({"01", "05", "34", "47", AES_FORMAT})
"""ISO 9564-1's: formats 0, 1, 2, 3 and 4."""

SAFE_TRANSLATIONS: dict[str, frozenset[str]] = {
    "01": frozenset({"01", "47", AES_FORMAT}),
    "05": frozenset({"01", "05", "47", AES_FORMAT}),
    "47": frozenset({"01", "47", AES_FORMAT}),
    AES_FORMAT: frozenset({"01", "47", AES_FORMAT}),
}
"""ISO 9564-1:2017 §9.4 and PCI PIN Security Requirement 3: never from a block that is tied to a PAN to one that is not,
and format 2 stays with the chip card."""

_MEMORY = 10_000


def _known(code: str) -> str:
    if code not in FORMATS:
        raise ValueError(f"{code!r} is not one of {', '.join(sorted(FORMATS))}")
    return code


FormatCode = Annotated[str, AfterValidator(_known)]


class Security(Table):
    """Settings. Left out, they are the safe ones."""

    pin_block_formats: frozenset[FormatCode] = SAFE_FORMATS
    """Formats that commands may use; another has error 69."""
    translations: dict[FormatCode, frozenset[FormatCode]] = SAFE_TRANSLATIONS
    """Formats by the format that a PIN may be translated from; another has error 69."""
    disabled_commands: frozenset[str] = frozenset()
    """Codes of commands that have error 68, as those have that do not exist."""
    account_number_may_change: bool = False
    """Whether a PIN block may be made for, or verified with, another account number than it came with; or error 22."""
    weak_decimalisation_tables: bool = False
    """Whether tables are taken that give PINs away; or error 25."""
    encrypted_decimalisation_tables: bool = False
    """Whether requests have decimalisation tables under the LMK; else in the clear."""
    attempts_per_pin_block: Annotated[int, Field(ge=0)] = 10
    """Different requests on the same PIN block before error 39, 0 for any number."""
    clear_pins: bool = False
    """PINs "under the LMK" are a zero and the PIN, as other simulators have them: for their test data only."""

    @model_validator(mode="after")
    def _codes(self) -> Self:
        if "NC" in self.disabled_commands:
            raise ValueError("disabled_commands: clients look with NC whether the HSM lives")
        return self


SAFE = Security()
"""The defaults."""

PERMISSIVE = Security(
    pin_block_formats=FORMATS,
    translations={code: FORMATS for code in FORMATS},  # noqa: C420 (a plain dict, as pydantic keeps it)
    account_number_may_change=True,
    weak_decimalisation_tables=True,
    attempts_per_pin_block=0,
)
"""Everything that can be done: for test data of other simulators, and for nothing else."""


def load_security(path: Path) -> Security:
    """The settings of a TOML file.

    Raises:
        ConfigurationError: the file cannot be read, or has a setting that cannot be.
    """
    return read_toml(path, Security)


_FORMAT_FIELDS = ("pin_block_format", "source_format", "destination_format")
_OTHER_ACCOUNT = "other_account_number"
_IMPLIED_FORMAT = "01"
"""Of a block to be translated, where the request does not say (CI)."""


def check_request(security: Security, request: Values) -> None:
    """Whether the settings allow what a request asks for.

    Raises:
        HsmError: a PIN block format or a translation is disabled, or the account number may not change.
    """
    for name in _FORMAT_FIELDS:
        code = request.get(name)
        if code is not None and code not in security.pin_block_formats and code in FORMATS:
            raise HsmError(ErrorCode.PIN_BLOCK_FORMAT_DISABLED, f"{name}: PIN block format {code} is disabled")
    source, destination = request.get("source_format", _IMPLIED_FORMAT), request.get("destination_format")
    if (
        destination is not None
        and destination not in security.translations.get(source, ())
        and {source, destination} <= FORMATS
    ):
        raise HsmError(ErrorCode.PIN_BLOCK_FORMAT_DISABLED, f"translation from {source} to {destination} is disabled")
    if _OTHER_ACCOUNT not in request or security.account_number_may_change:
        return
    if request[_OTHER_ACCOUNT] != request["account_number"]:
        raise HsmError(ErrorCode.ACCOUNT_NUMBER, "the account number may not change")


class Attempts:
    """Counts different requests on the same PIN block.

    Who may send commands, and has somebody's PIN block, could find the PIN by asking again and again with another
    account number, decimalisation table or offset, and looking whether that fails. In honest use a block comes in a few
    requests that are always the same. It remembers the last 10,000 blocks, as hashes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: dict[int, set[int]] = {}

    def admit(self, block: str, request: Values) -> bool:
        """Whether the request may be tried. The same one may be, any number of times."""
        fields = tuple(request.values())  # the trailer is the last of them
        digest = hash(fields[:-1] if "trailer" in request else fields)
        seen = self._seen.pop(hash(block), None) or set()
        self._seen[hash(block)] = seen  # the last to be forgotten
        if len(self._seen) > _MEMORY:
            del self._seen[next(iter(self._seen))]
        if len(seen) < self._limit:
            seen.add(digest)
        return digest in seen
