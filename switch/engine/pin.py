"""PIN translation: the HSM command that takes a PIN block from the acquirer's key to the issuer's."""

import re

from saklar.hsm_sim import build_command, meaning, pan12, parse_response
from saklar.switch.engine.model import Link

MAX_PIN_LENGTH = "12"
"""Digits; ISO 9564-1 allows a PIN of 4 to 12."""

_BLOCK_DIGITS, _ACCOUNT_DIGITS = 16, 12
_TRANSLATED = re.compile(rb"C[BD]00[0-9]{2}([0-9A-F]{16})[0-9]{2}")
"""What CA and CC answer where all is well: the PIN's length, the block, its format."""


class Translation:
    """From one acquirer's key to one issuer's.

    Attributes:
        impossible: why there is none, or None.
    """

    def __init__(self, acquirer: Link, issuer: Link) -> None:
        lacking = next((link.name for link in (acquirer, issuer) if link.pin_key is None), None)
        self.impossible = f"link {lacking} has no PIN key" if lacking is not None else None
        self._acquirer = acquirer
        self._issuer = issuer
        self._code = "CA" if acquirer.pin_key is not None and acquirer.pin_key.kind == "TPK" else "CC"
        self._pieces = self._template() if self.impossible is None else None

    def command(self, pin_block: str, pan: str) -> bytes:
        """The host command, CC from a ZPK or CA from a TPK; `pin_block` is 16 hex digits.

        Raises:
            ValueError: an element does not fit the command.
        """
        account = pan12(pan)
        if self._pieces is not None and len(pin_block) == _BLOCK_DIGITS and len(account) == _ACCOUNT_DIGITS:
            begin, middle, end = self._pieces
            return b"".join((begin, pin_block.encode(), middle, account.encode(), end))
        return self._built(pin_block, account)

    def _template(self) -> tuple[bytes, bytes, bytes] | None:
        """What all commands have in common: a command is built twice, and what differs is not.

        None where PIN block and account do not stand in it as they are given.
        """
        block, account = "A" * _BLOCK_DIGITS, "1" * _ACCOUNT_DIGITS
        try:
            one = self._built(block, account)
            begin, _, rest = one.partition(block.encode())
            middle, _, end = rest.rpartition(account.encode())
            pieces = begin, middle, end
            other = self._built("5" * _BLOCK_DIGITS, "2" * _ACCOUNT_DIGITS)
        except ValueError:
            return None
        made = b"".join((begin, b"5" * _BLOCK_DIGITS, middle, b"2" * _ACCOUNT_DIGITS, end))
        return pieces if made == other else None

    def _built(self, pin_block: str, account: str) -> bytes:
        source, destination = self._acquirer.pin_key, self._issuer.pin_key
        assert source is not None and destination is not None
        fields = {
            "destination_zpk": destination.key,
            "maximum_pin_length": MAX_PIN_LENGTH,
            "source_pin_block": pin_block,
            "source_format": source.block_format,
            "destination_format": destination.block_format,
            "account_number": account,
        }
        name = "source_tpk" if source.kind == "TPK" else "source_zpk"
        return build_command(self._code, **{name: source.key}, **fields)

    def translated(self, response: bytes | None) -> tuple[str | None, str | None]:
        """The new PIN block, or why there is none: `(block, None)` or `(None, reason)`."""
        if response is None:
            return None, "the HSM did not answer"
        usual = _TRANSLATED.fullmatch(response)
        if usual is not None:
            return usual[1].decode(), None
        parsed = parse_response(self._code, response)
        if not parsed.ok:
            return None, f"HSM error {parsed.error}, {meaning(parsed.error)}"
        return parsed.values["destination_pin_block"], None
