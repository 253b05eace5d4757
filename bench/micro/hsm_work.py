"""The commands that the HSM's benchmark sends, and the same work without an HSM around it.

All keys are under the public test LMK. Each request has one right response, so that every byte that comes back can be
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saklar.hsm_sim import Hsm, build_command, encrypt_under_lmk, keys, load_lmk, pan12
from saklar.hsm_sim.command import random_digits
from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys, mac, pin_block, pvv, tdes
from saklar.hsm_sim.keys.clear_key import ClearKey

LMK = load_lmk("test")
PAN, PIN, PVKI = "4000000000000002", "1234", "1"
ACCOUNT = pan12(PAN)
MESSAGE = "0200" * 30
"""120 characters, some dozen elements of a request."""

HEADER_LENGTH = 4


def _key(start: int) -> ClearKey:
    """A pair that is the same in every run."""
    return ClearKey(tdes.with_odd_parity(bytes(range(start, start + keys.PAIR_BYTES))))


TPK, ZPK, OTHER_ZPK, PVK, TAK, MK_AC = (_key(start) for start in (1, 33, 65, 97, 129, 161))


def _under(key_type: str, key: ClearKey) -> str:
    return encrypt_under_lmk(LMK, key_type, key, "U")


def _block(key: ClearKey) -> str:
    return tdes.encrypt(key.data, pin_block.encode("01", PIN, ACCOUNT, random_digits)).hex().upper()


@dataclass(frozen=True, slots=True)
class Work:
    """A command, and what of it is cryptography.

    Attributes:
        code: of the command.
        fields: of its request.
        pure: the cryptography alone; None where there is none.
    """

    code: str
    fields: Mapping[str, str]
    pure: Callable[[], object] | None

    def request(self) -> bytes:
        """The request without its header."""
        return build_command(self.code, **self.fields)

    def response(self) -> bytes:
        """The right response without its header.

        Raises:
            ValueError: the HSM refuses the request.
        """
        found = Hsm(LMK).execute(self.request())
        if found[2:4] != b"00":
            raise ValueError(f"{self.code} is answered with error {found[2:4].decode()}")
        return found


def _translation(source: str, source_key: ClearKey, key_type: str) -> dict[str, str]:
    return {
        source: _under(key_type, source_key), "destination_zpk": _under("001", OTHER_ZPK), "maximum_pin_length": "12",
        "source_pin_block": _block(source_key), "source_format": "01", "destination_format": "01",
        "account_number": ACCOUNT,
    }  # fmt: skip


def _translate(source: ClearKey) -> Callable[[], object]:
    block = bytes.fromhex(_block(source))

    def translate() -> bytes:
        pin = pin_block.decode("01", tdes.decrypt(source.data, block), ACCOUNT)
        return tdes.encrypt(OTHER_ZPK.data, pin_block.encode("01", pin, ACCOUNT, random_digits))

    return translate


def _verify_pvv() -> object:
    pin = pin_block.decode("01", tdes.decrypt(ZPK.data, _ZPK_BLOCK), ACCOUNT)
    return pvv.visa_pvv(PVK.data, ACCOUNT, PVKI, pin)


_ZPK_BLOCK = bytes.fromhex(_block(ZPK))

_CARD, _ATC, _DATA, _ARC = bytes.fromhex("4000000000000200"), b"\x00\x01", bytes(range(40)), b"00"


def _arqc() -> bytes:
    card = emv_keys.master_key_a(MK_AC.data, _CARD.hex()[:14], _CARD.hex()[14:])
    return emv_cryptogram.application_cryptogram(card, _DATA, emv_cryptogram.Padding.NONE)


_ARQC = _arqc()


def _answer_arqc() -> object:
    card = emv_keys.master_key_a(MK_AC.data, _CARD.hex()[:14], _CARD.hex()[14:])
    emv_cryptogram.verify(card, _DATA, emv_cryptogram.Padding.NONE, _ARQC)
    return emv_cryptogram.arpc_1(card, _ARQC, _ARC)


WORK: dict[str, Work] = {
    work.code: work
    for work in (
        Work("B2", {"data": "0123456789ABCDEF"}, None),
        Work("CA", _translation("source_tpk", TPK, "002"), _translate(TPK)),
        Work("CC", _translation("source_zpk", ZPK, "001"), _translate(ZPK)),
        Work(
            "EC",
            {
                "zpk": _under("001", ZPK), "pvk": _under("002", PVK), "pin_block": _block(ZPK),
                "pin_block_format": "01", "account_number": ACCOUNT, "pvki": PVKI,
                "pvv": pvv.visa_pvv(PVK.data, ACCOUNT, PVKI, PIN),
            },
            _verify_pvv,
        ),
        Work(
            "M6",
            {
                "mode": "0", "input_format": "2", "mac_size": "1", "algorithm": "3", "padding": "1", "key_type": "003",
                "key": _under("003", TAK), "data": MESSAGE,
            },
            lambda: mac.algorithm_3(TAK.data, MESSAGE.encode(), 1),
        ),
        Work(
            "KQ",
            {
                "mode": "1", "scheme": "0", "mk_ac": _under("109", MK_AC),
                "pan_and_sequence": _CARD.decode("latin-1"), "atc": _ATC.decode("latin-1"),
                "unpredictable_number": "\0" * 4, "data": _DATA.decode("latin-1"), "arqc": _ARQC.decode("latin-1"),
                "response_code": _ARC.decode(),
            },
            _answer_arqc,
        ),
    )
}  # fmt: skip
"""By command code."""
