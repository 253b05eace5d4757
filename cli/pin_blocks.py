"""PIN blocks of any format, under a key or in the clear, as the calculators take them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import typer

from saklar.cli.options import note_parity, required
from saklar.cli.results import Result
from saklar.cli.service import fail
from saklar.hsm_sim.command import random_digits
from saklar.hsm_sim.crypto import aes, pin_block, pin_block_aes, tdes
from saklar.hsm_sim.crypto.inputs import one_of
from saklar.hsm_sim.crypto.pin_block import Filler

FORMATS = {
    "iso-0": "01",
    "iso-1": "05",
    "iso-2": "34",
    "iso-3": "47",
    "iso-4": "48",
    "diebold": "03",
    "docutel": "02",
}
"""Names of formats, with payShield's codes for them."""

ISO_4 = FORMATS["iso-4"]
TIED = frozenset(FORMATS[name] for name in ("iso-0", "iso-3", "iso-4"))
"""Formats whose blocks are of a PAN, too."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """How a PIN is in a block: in a format, of a PAN where the format has it, under a key or in the clear."""

    code: str
    key: bytes | None
    pan: str

    def clear_block(self, pin: str, filler: Filler) -> bytes:
        """What is encrypted: the block in the clear, or the PIN field of format 4; raises ValueError."""
        if self.code == ISO_4:
            return pin_block_aes.pin_field(pin, filler)
        return pin_block.encode(self.code, pin, pin_block.account_number(self.pan), filler)

    def encrypted(self, clear: bytes) -> bytes:
        """The block of a clear one; raises ValueError."""
        if self.code == ISO_4:
            return pin_block_aes.encipher_field(self.key or b"", clear, self.pan)
        return tdes.encrypt(self.key, clear) if self.key else clear

    def decrypted(self, block: bytes) -> bytes:
        """The clear block of a block; raises ValueError."""
        if self.code == ISO_4:
            return pin_block_aes.decipher_field(self.key or b"", block, self.pan)
        return tdes.decrypt(self.key, block) if self.key else block

    def pin(self, block: bytes) -> str:
        """The PIN in a block; raises ValueError."""
        if self.code == ISO_4:
            return pin_block_aes.decipher(self.key or b"", block, self.pan)
        return pin_block.decode(self.code, self.decrypted(block), pin_block.account_number(self.pan))

    def steps(self, clear: bytes) -> dict[str, Result]:
        """What is between PIN and block."""
        if self.code == ISO_4:
            return {"pin_field": clear, "pan_field": pin_block_aes.pan_field(self.pan)}
        return {"clear_block": clear}


def enclosed(code: str, key: bytes | None, pan: str | None, *, key_name: str = "--key") -> Enclosed:
    """How a PIN is in a block, or the end of the program with the option that is missing or wrong for the format."""
    if code in TIED:
        required(pan, "--pan", "a block of this format is tied to the PAN")
    if code == ISO_4:
        required(key, key_name, "a block of iso-4 is under an AES key")
    lengths = aes.KEY_LENGTHS if code == ISO_4 else tdes.KEY_LENGTHS
    if key is not None and len(key) not in lengths:
        raise fail(f"{key_name}: has {len(key)} bytes, {one_of(lengths)} are expected for this format")
    if key is not None and code != ISO_4:
        note_parity(key_name, key)
    return Enclosed(code, key, pan or "")


def format_option(name: str, about: str = "Format of the PIN block") -> Any:
    """A format by its name or code."""

    def read(text: str) -> str:
        code = FORMATS.get(text.lower(), text)
        if code not in FORMATS.values():
            raise fail(f"{name}: {text!r} is none of {', '.join(FORMATS)}, nor a code of {', '.join(FORMATS.values())}")
        return code

    return typer.Option(
        name, parser=read, metavar="FORMAT", help=f"{about}: {', '.join(FORMATS)}, or payShield's code."
    )


def filler_of(fill: bytes | None) -> Filler:
    """Random hex digits, or in their place those of the bytes given, over and over: for blocks that can be repeated."""
    if fill is None:
        return random_digits
    digits = itertools.cycle(fill.hex().upper())
    return lambda count: "".join(itertools.islice(digits, count))
