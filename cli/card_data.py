"""The data that a cryptogram is of: as it is, or EMV data objects in the order of a CDOL."""

from __future__ import annotations

from collections.abc import Mapping

from saklar.codecs.fault import Fault
from saklar.codecs.kinds import BerTlv

ATC_TAG, UNPREDICTABLE_NUMBER_TAG = "9F36", "9F37"


class CardDataError(ValueError):
    """Tags or CDOL cannot be used; `str()` says why."""


def objects_of(data: bytes) -> dict[str, bytes]:
    """The values of data objects in BER-TLV by their tags, in their order.

    Raises:
        CardDataError: it is none.
    """
    try:
        return {part.key: part.raw[part.begin :] for part in BerTlv({}).split(data, 0)}
    except Fault as fault:
        place = "" if fault.offset is None else f" at byte {fault.offset}"
        raise CardDataError(f"no BER-TLV{place}: {fault.expected} expected, {fault.found} found") from None


def in_order(objects: Mapping[str, bytes], cdol: str | None) -> bytes:
    """The values one after the other: in the order of a CDOL, a list of tags, or else in their own.

    Raises:
        CardDataError: a tag of the CDOL has no value.
    """
    if cdol is None:
        return b"".join(objects.values())
    tags = cdol.upper().replace(",", " ").split()
    missing = [tag for tag in tags if tag not in objects]
    if missing:
        raise CardDataError(f"{', '.join(missing)} not among the tags")
    return b"".join(objects[tag] for tag in tags)
