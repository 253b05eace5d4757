"""What needs a key: PIN blocks, MACs, card verification values and cryptograms, made and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from saklar.codecs import CodecError, Message
from saklar.hsm_sim import cvv as cvv_functions
from saklar.hsm_sim import decrypt_under_lmk, emv_cryptogram, emv_keys, load_lmk, mac, pan12, pin_block, tdes
from saklar.hsm_sim.crypto.emv_cryptogram import Padding
from saklar.hsm_sim.errors import HsmError
from saklar.hsm_sim.keys.key_types import name_of
from saklar.hsm_sim.keys.lmk import LmkError
from saklar.network_sim.scenario.elements import Slot
from saklar.network_sim.scenario.facts import CardFacts, MacFacts, PartyFacts

ZPK, TPK, ZAK, CVK, IMK = "001", "002", "008", "402", "109"
"""Types of keys under a variant LMK."""

ICVV_SERVICE = "999"
MAC_BYTES = 8

CRYPTOGRAM_TAGS = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36", "9F10")
"""What the cryptogram of cryptogram version 18 is made of, in this order: Visa's, under the common session key."""

ISSUER_DATA = "06011203A00000"
"""Tag 9F10 in Visa's form: length, key index, cryptogram version 18, four bytes of results (an ARQC, nothing odd)."""


class NoKey(Exception):
    """A key is not declared, or cannot be used."""


@lru_cache(maxsize=256)
def clear_key(lmk: str, key_type: str, encrypted: str) -> bytes:
    """A key from under the LMK.

    Raises:
        NoKey: it is none of this type.
    """
    try:
        return decrypt_under_lmk(load_lmk(lmk), key_type, encrypted).data
    except (HsmError, LmkError) as error:
        raise NoKey(str(error)) from None


def check_keys(facts: PartyFacts) -> None:
    """Raises NoKey where a key of a party is none of its type under its LMK."""
    given = {"zpk": (ZPK, facts.zpk), "tpk": (TPK, facts.tpk), "mac": (ZAK, facts.mac.key if facts.mac else None)}
    _check(facts.lmk, given)


def check_card_keys(card: CardFacts) -> None:
    """Raises NoKey where a key of a card is none of its type under the test LMK."""
    _check("test", {"cvk": (CVK, card.cvk), "imk": (IMK, card.imk)})


def _check(lmk: str, given: Mapping[str, tuple[str, str | None]]) -> None:
    for name, (key_type, encrypted) in given.items():
        if encrypted is not None:
            try:
                clear_key(lmk, key_type, encrypted)
            except NoKey as error:
                said = f"no key of type {key_type} ({name_of(key_type)}) under LMK {lmk}: {error}"
                raise NoKey(f"{name}: {said}") from None


def pin_key(facts: PartyFacts) -> bytes | None:
    """The key of a party's PIN blocks; None where none is declared. Raises NoKey."""
    for key_type, encrypted in ((ZPK, facts.zpk), (TPK, facts.tpk)):
        if encrypted is not None:
            return clear_key(facts.lmk, key_type, encrypted)
    return None


def make_pin_block(facts: PartyFacts, pin: str, pan: str, filler: Callable[[int], str]) -> str:
    """DE 52 in hex, under the party's key.

    Raises:
        NoKey: there is none.
        ValueError: the PIN fits no block.
    """
    key = pin_key(facts)
    if key is None:
        raise NoKey(f"{facts.name} has no zpk or tpk to encrypt a PIN under")
    clear = pin_block.encode(facts.pin_format, pin, pan12(pan), filler)
    return tdes.encrypt(key, clear).hex().upper()


def pin_of(facts: PartyFacts, block: str, pan: str) -> str | None:
    """The PIN in DE 52; None where there is none under the party's key. Raises NoKey."""
    key = pin_key(facts)
    if key is None:
        raise NoKey(f"{facts.name} has no zpk or tpk to decrypt a PIN with")
    try:
        return pin_block.decode(facts.pin_format, tdes.decrypt(key, bytes.fromhex(block)), pan12(pan))
    except ValueError:
        return None


# MACs.


def mac_element(message: Message, facts: MacFacts) -> int:
    """Where the MAC stands: the last element, which is 128 where there is a second bitmap."""
    return facts.element or (128 if any(number > 64 for number in message if number != 128) else 64)


def make_mac(message: Message, party: PartyFacts) -> str:
    """The MAC of a message, in hex: over all bytes from the MTI to the MAC (ISO 9807).

    Raises:
        NoKey: the party declares none.
        EncodeError: the message has no form in its dialect.
    """
    facts = party.mac
    if facts is None:
        raise NoKey(f"{party.name} has no mac key")
    element = mac_element(message, facts)
    values = {**message.values(), element: "00" * MAC_BYTES}
    body = message.dialect.write_body(message.mti, values)
    last = message.dialect.write_body(message.mti, {element: "00" * MAC_BYTES})
    without = message.dialect.write_body(message.mti, {})
    bitmap_growth = len(message.dialect.bitmap.write((element,))) - len(message.dialect.bitmap.write(()))
    size = len(last) - len(without) - bitmap_growth
    return _authenticate(clear_key(party.lmk, ZAK, facts.key), body[:-size], facts.algorithm).hex().upper()


def _authenticate(key: bytes, data: bytes, algorithm: str) -> bytes:
    if algorithm == "x9.9":
        return mac.algorithm_1(key[:8], data, 1)
    if algorithm == "cmac":
        return mac.tdes_cmac(key, data)
    return mac.algorithm_3(key, data, 1)


# Cards.


def track_2(card: CardFacts, lmk: str, *, chip: bool) -> str:
    """DE 35: PAN, expiry, service code and, if the card has a CVK, its CVV (of a chip: its iCVV). Raises NoKey."""
    track = f"{card.pan}={card.expiry}{card.service}"
    if card.cvk is None:
        return track
    key = clear_key(lmk, CVK, card.cvk)
    service = ICVV_SERVICE if chip else card.service
    return f"{track}00000{cvv_functions.cvv(key, card.pan, card.expiry, service)}"


def cryptogram(card: CardFacts, lmk: str, tags: dict[str, str]) -> str:
    """Tag 9F26 over the other tags, in hex; raises NoKey."""
    if card.imk is None:
        raise NoKey(f"card {card.name} has no imk to make a cryptogram with")
    master = emv_keys.master_key_b(clear_key(lmk, IMK, card.imk), card.pan, card.sequence)
    session = emv_keys.common_cryptogram_key(master, bytes.fromhex(tags["9F36"]))
    data = bytes.fromhex("".join(tags.get(tag, "") for tag in CRYPTOGRAM_TAGS))
    return emv_cryptogram.application_cryptogram(session, data, Padding.ONE_ZEROS).hex().upper()


def is_valid(slot: Slot, message: Message, party: PartyFacts, card: CardFacts | None) -> bool | None:
    """Whether a MAC, or a cryptogram of a card, is right; None where no key says.

    Raises:
        NoKey: the key cannot be used.
    """
    try:
        if slot.number in (64, 128) and slot.path.isdecimal() and party.mac is not None:
            other = message.copy()
            if slot.number not in other:
                return False
            del other[slot.number]
            return make_mac(other, party) == message.get(slot.number)
        if slot.path == "55.9F26" and card is not None and card.imk is not None:
            names = (*CRYPTOGRAM_TAGS, "9F26")
            tags = {tag: str(value) for tag in names if (value := message.get(f"55.{tag}")) is not None}
            return "9F36" in tags and cryptogram(card, party.lmk, tags) == tags.get("9F26")
    except CodecError:
        return False
    return None
