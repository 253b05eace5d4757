"""PIN translation: the HSM command that takes a PIN block from the acquirer's key to the issuer's."""

from saklar.hsm_sim import build_command, meaning, pan12, parse_response
from saklar.switch.engine.model import Link

MAX_PIN_LENGTH = "12"
"""Digits; ISO 9564-1 allows a PIN of 4 to 12."""


def untranslatable(acquirer: Link, issuer: Link) -> str | None:
    """Why no PIN can go from one link to the other, or None if it can."""
    for link in (acquirer, issuer):
        if link.pin_key is None:
            return f"link {link.name} has no PIN key"
    return None


def translation(acquirer: Link, issuer: Link, pin_block: str, pan: str) -> bytes:
    """The host command, CC from a ZPK or CA from a TPK; `pin_block` is 16 hex digits.

    Raises:
        ValueError: an element does not fit the command.
    """
    source, destination = acquirer.pin_key, issuer.pin_key
    assert source is not None and destination is not None
    fields = {
        "destination_zpk": destination.key,
        "maximum_pin_length": MAX_PIN_LENGTH,
        "source_pin_block": pin_block,
        "source_format": source.block_format,
        "destination_format": destination.block_format,
        "account_number": pan12(pan),
    }
    if source.kind == "TPK":
        return build_command("CA", source_tpk=source.key, **fields)
    return build_command("CC", source_zpk=source.key, **fields)


def translated(response: bytes | None, acquirer: Link) -> tuple[str | None, str | None]:
    """The new PIN block, or why there is none: `(block, None)` or `(None, reason)`."""
    if response is None:
        return None, "the HSM did not answer"
    assert acquirer.pin_key is not None
    parsed = parse_response("CA" if acquirer.pin_key.kind == "TPK" else "CC", response)
    if not parsed.ok:
        return None, f"HSM error {parsed.error}, {meaning(parsed.error)}"
    return parsed.values["destination_pin_block"], None
