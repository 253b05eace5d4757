"""What keys are for: their types under a variant LMK, and the usages of key blocks that say the same.

A type under a variant LMK is three characters: the digit of the variant, and the code of the LMK pair. Some kinds of
key share one (002 is a TPK, a TMK or a PVK); key blocks tell them apart. Usages of two digits are payShield's own, the
others TR-31's.
"""

from dataclasses import dataclass

from saklar.hsm_sim.errors import ErrorCode, HsmError

ANY = "FFF"
"""In a request, in place of a type: the key block says itself what it is."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyType:
    """A kind of key.

    Attributes:
        name: as people call it.
        code: its type under a variant LMK.
        usages: what key blocks call it; the first is for new ones.
        mode: what new ones may do (TR-31, byte 8).
    """

    name: str
    code: str
    usages: tuple[str, ...]
    mode: str = "N"


MAC_USAGES = ("M3", "M1", "M0", "M6")

ZMK = KeyType("ZMK", "000", ("52", "K0"), "B")
ZPK = KeyType("ZPK", "001", ("72", "P0"), "B")
TPK = KeyType("TPK", "002", ("71", "P0"), "B")
TMK = KeyType("TMK", "002", ("51", "K0"), "B")
PVK_IBM = KeyType("PVK-IBM", "002", ("V1", "V0"))
PVK_VISA = KeyType("PVK-VISA", "002", ("V2", "V0"))
TAK = KeyType("TAK", "003", MAC_USAGES, "C")
WWK = KeyType("WWK", "006", ("01",))
ZAK = KeyType("ZAK", "008", MAC_USAGES, "C")
BDK = KeyType("BDK-1", "009", ("B0",), "X")
BDK_2 = KeyType("BDK-2", "609", ("41", "B0"), "X")
BDK_3 = KeyType("BDK-3", "809", ("42", "B0"), "X")
MK_AC = KeyType("MK-AC", "109", ("E0",))
MK_SMI = KeyType("MK-SMI", "209", ("E2",))
MK_SMC = KeyType("MK-SMC", "309", ("E1",))
MK_DAC = KeyType("MK-DAC", "409", ("E3",))
MK_DN = KeyType("MK-DN", "509", ("E4",))
MK_CVC3 = KeyType("MK-CVC3", "709", ("32", "E6"))
CVK = KeyType("CVK", "402", ("C0", "11", "12", "13"))
ZEK = KeyType("ZEK", "00A", ("22", "D0"), "B")
DEK = KeyType("DEK", "00B", ("21", "D0"), "B")
TEK = KeyType("TEK", "30B", ("23", "D0"), "B")
TPK_PCI = KeyType("TPK-PCI", "70D", ("71", "P0"), "B")
TMK_PCI = KeyType("TMK-PCI", "80D", ("51", "K0"), "B")

KEY_TYPES = (
    ZMK, ZPK, TPK, TMK, PVK_IBM, PVK_VISA, TAK, WWK, ZAK, BDK, BDK_2, BDK_3, MK_AC, MK_SMI, MK_SMC, MK_DAC, MK_DN,
    MK_CVC3, CVK, ZEK, DEK, TEK, TPK_PCI, TMK_PCI,
)  # fmt: skip

TR31_USAGES = {
    "01": "K0", "51": "K0", "52": "K0", "71": "P0", "72": "P0", "11": "C0", "12": "C0", "13": "C0", "21": "D0",
    "22": "D0", "23": "D0", "41": "B0", "42": "B0", "32": "E6",
}  # fmt: skip
"""What TR-31 calls a usage of payShield's own, for key blocks that others read."""

NAMES: dict[str, str] = {}
"""Names by code, joined where several share one: "TPK, TMK, PVK-IBM"."""

USAGES: dict[str, frozenset[str]] = {}
"""Usages by code, of all kinds that share it."""

FIRST: dict[str, KeyType] = {}
"""The kind of key that a code means first, for new ones."""

BY_NAME = {_type.name: _type for _type in KEY_TYPES}

for _type in KEY_TYPES:
    NAMES[_type.code] = f"{NAMES[_type.code]}, {_type.name}" if _type.code in NAMES else _type.name
    USAGES[_type.code] = USAGES.get(_type.code, frozenset()) | set(_type.usages)
    FIRST.setdefault(_type.code, _type)


def kind_of(key_type: str | KeyType) -> KeyType:
    """The kind, or the first of those that a code means.

    Raises:
        HsmError: there is no such code.
    """
    if isinstance(key_type, KeyType):
        return key_type
    kind = FIRST.get(key_type)
    if kind is None:
        raise HsmError(ErrorCode.KEY_TYPE_CODE, f"key type {key_type} is unknown")
    return kind


def name_of(key_type: str | KeyType) -> str:
    """As people call it."""
    return key_type.name if isinstance(key_type, KeyType) else NAMES.get(key_type, key_type)
