"""What a fleet of terminals sends: messages with everything that nobody said filled in. No I/O."""

import itertools
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from saklar.codecs import Message, convert, load_dialect
from saklar.codecs.mti import message_class
from saklar.hsm_sim import decrypt_under_lmk, load_lmk, pan12
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.network_sim.configuration import AcquirerConfiguration, TestCard
from saklar.switch.engine.reversals import write_original_data

PURCHASE, SIGN_ON, SIGN_OFF, ECHO = "000000", "001", "002", "301"
LAST_STAN = 999_999

_WITH_PIN, _WITHOUT_PIN = "051", "052"
"""DE 22: chip card, terminal with and without a way to enter a PIN (ISO 8583-1:1987, data element 22)."""

SERVICE_CODE = "201"
"""On the track: a chip card for use anywhere, authorised as usual (ISO/IEC 7813)."""

_FINANCIAL = frozenset("124")


class Fleet:
    """Makes the messages of an acquirer's terminals, in the acquirer's dialect.

    Elements are given in 1987 terms and restated where the dialect is of another edition.

    Args:
        configuration: who the acquirer is; its key is taken from under the LMK once.
        clock: the current UTC time.
        first_stan: where the count begins; terminals that share a day must not share a STAN.

    Raises:
        HsmError: the key cannot be used.
    """

    def __init__(
        self,
        configuration: AcquirerConfiguration,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        first_stan: int | None = None,
    ) -> None:
        self._configuration = configuration
        self._clock = clock
        self._dialect = load_dialect(configuration.dialect)
        self._terms = load_dialect("iso87-ascii")
        self._key = _pin_key(configuration)
        self._stans = itertools.count(secrets.randbelow(LAST_STAN) if first_stan is None else first_stan - 1)
        self._terminals = itertools.cycle(configuration.terminals)

    def purchase(self, card: TestCard, amount: int, *, pin: str | None = None, stan: str | None = None) -> Message:
        """A 0200 of `amount` minor units, with the PIN as typed or, if None, the card's own (which may be none)."""
        fields: dict[int, str] = {4: f"{amount:012d}"}
        if stan is not None:
            fields[11] = stan
        return self.message("0200", fields, card=card, pin=pin or card.pin)

    def reversal(self, original: Message, *, mti: str = "0400") -> Message:
        """A reversal of a request that this fleet made: same card, amount, terminal and RRN; DE 90 names it."""
        terms = convert(original, self._terms)
        kept = {number: terms[number] for number in (2, 3, 4, 14, 22, 25, 37, 41) if number in terms}
        named = write_original_data("1987", terms.mti, terms[11], terms[7], self._configuration.acquirer_id)
        return self.message(mti, {**kept, 90: named})

    def network(self, code: str) -> Message:
        """A 0800: `SIGN_ON`, `SIGN_OFF` or `ECHO`."""
        return self.message("0800", {70: code})

    def message(
        self, mti: str, fields: Mapping[int, str], *, card: TestCard | None = None, pin: str | None = None
    ) -> Message:
        """A message of these elements and, where they say nothing, of generated ones that are right.

        Raises:
            EncodeError: an element that there is not.
            ValueError: a PIN without a key or a card to make its block of.
        """
        now = self._clock()
        stan = f"{next(self._stans) % LAST_STAN + 1:06d}"
        elements: dict[int, str] = {7: f"{now:%m%d%H%M%S}", 11: stan}
        if message_class(mti) in _FINANCIAL:
            elements |= self._financial(now, fields.get(11, stan))
            if card is not None:
                elements |= {2: card.pan, 14: card.expiry, 35: f"{card.pan}={card.expiry}{SERVICE_CODE}"}
        elements |= fields
        if pin is not None:
            elements[52] = self._pin_block(pin, elements.get(2))
        if 22 not in elements and message_class(mti) in _FINANCIAL:
            elements[22] = _WITH_PIN if 52 in elements else _WITHOUT_PIN
        terms = {"mti": mti, **{str(number): value for number, value in elements.items()}}
        return convert(self._terms.message(terms), self._dialect, today=now.date())

    def _financial(self, now: datetime, stan: str) -> dict[int, str]:
        own = self._configuration
        return {
            3: PURCHASE,
            12: f"{now:%H%M%S}",
            13: f"{now:%m%d}",
            18: own.merchant_type,
            25: "00",
            32: own.acquirer_id,
            37: f"{now:%y}"[1:] + f"{now:%j%H}{stan}",
            41: next(self._terminals),
            42: f"{own.merchant:15}",
            49: own.currency,
        }

    def _pin_block(self, pin: str, pan: str | None) -> str:
        if self._key is None:
            raise ValueError(f"{self._configuration.name} has no zpk or tpk to encrypt a PIN under")
        if pan is None:
            raise ValueError("a PIN needs a card, or its number as element 2")
        clear = pin_block.encode(self._configuration.pin_block_format, pin, pan12(pan), _random_hex)
        return tdes.encrypt(self._key, clear).hex().upper()


def _random_hex(count: int) -> str:
    return secrets.token_hex(count).upper()[:count]


def _pin_key(configuration: AcquirerConfiguration) -> bytes | None:
    for key_type, encrypted in (("001", configuration.zpk), ("002", configuration.tpk)):
        if encrypted is not None:
            return decrypt_under_lmk(load_lmk(configuration.lmk), key_type, encrypted).data
    return None
