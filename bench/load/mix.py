"""What is sent, in which proportions: the TOML file of a mix, and the cards that it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from saklar.codecs import Framing
from saklar.codecs.framing import DEFAULT_MAX_LENGTH
from saklar.codecs.mti import is_request, message_class
from saklar.hsm_sim import HsmError, decrypt_under_lmk, load_lmk
from saklar.switch.configuration import LmkName
from saklar.switch.link_table import DialectName, FramingName, link_framing
from saklar.switch.toml import AddressField, ConfigurationError, Table, read_toml

MAX_PREPARED = 20_000
"""Different requests of a mix: each card with each message that is sent with it."""

Weight = Annotated[float, Field(gt=0)]
Mti = Annotated[str, Field(pattern="^[0-9]{4}$")]
Pan = Annotated[str, Field(pattern="^[0-9]{12,19}$")]
ResponseCode = Annotated[str, Field(pattern="^[0-9A-Z]{2}$")]
Number = Annotated[str, Field(pattern="^[0-9]{1,3}$")]

MAX_CONNECTIONS = 50_000


class GroupTable(Table):
    """`[[group]]`: connections that speak alike, each a terminal.

    `target` and `dialect` default to those of the command line. `weight` is their share of an open loop's requests,
    for all of them together. `zpk` or `tpk` is under `lmk`, and PIN blocks are made under it. `echoed` are the elements
    that an answer repeats as its request had them, if it has them. `sign_on` sends a 0800 first on each connection.
    """

    name: str = "load"
    target: AddressField | None = None
    dialect: DialectName | None = None
    framing: FramingName = "binary-2"
    connections: Annotated[int, Field(ge=1, le=MAX_CONNECTIONS)] = 4
    weight: Weight = 1.0
    messages: tuple[str, ...] = ()
    zpk: str | None = Field(default=None, repr=False)
    tpk: str | None = Field(default=None, repr=False)
    lmk: LmkName = "test"
    pin_block_format: Annotated[str, Field(pattern="^[0-9]{2}$")] = "01"
    acquirer_id: Annotated[str, Field(pattern="^[0-9]{1,11}$")] = "100009"
    echoed: tuple[Annotated[int, Field(ge=2, le=128)], ...] = (2, 4)
    sign_on: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.zpk is not None and self.tpk is not None:
            raise ValueError("give either zpk or tpk")
        if self.framing == "dialect" and self.dialect is not None:
            link_framing(self.framing, self.dialect, DEFAULT_MAX_LENGTH)
        return self

    @property
    def pin_key(self) -> bytes | None:
        """The key of its PIN blocks, in the clear.

        Raises:
            HsmError: it cannot be used.
        """
        for key_type, key in (("001", self.zpk), ("002", self.tpk)):
            if key is not None:
                return decrypt_under_lmk(load_lmk(self.lmk), key_type, key).data
        return None


class CardTable(Table):
    """`[[card]]`: a card by its `pan`, or `count` cards of a `bin`, of PANs with `length` digits, numbered."""

    name: str = "card"
    pan: Pan | None = Field(default=None, repr=False)
    bin: Annotated[str, Field(pattern="^[0-9]{6,11}$")] | None = None
    count: Annotated[int, Field(ge=1, le=MAX_PREPARED)] = 1
    length: Annotated[int, Field(ge=12, le=19)] = 16
    pin: str | None = Field(default=None, pattern="^[0-9]{4,12}$", repr=False)
    expiry: Annotated[str, Field(pattern="^[0-9]{2}(0[1-9]|1[0-2])$")] = "3012"
    weight: Weight = 1.0

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.pan is None) == (self.bin is None):
            raise ValueError("give either pan or bin")
        if self.pan is not None and self.count != 1:
            raise ValueError("count is for a bin")
        if self.bin is not None and self.count > 10 ** (self.length - len(self.bin) - 1):
            raise ValueError(f"{self.length} digits have no room for {self.count} cards of bin {self.bin}")
        return self

    @property
    def pans(self) -> Iterator[str]:
        """The PANs of its cards."""
        if self.pan is not None:
            yield self.pan
        elif self.bin is not None:
            for number in range(self.count):
                digits = f"{self.bin}{number:0{self.length - len(self.bin) - 1}d}"
                yield digits + _check_digit(digits)


def _check_digit(digits: str) -> str:
    """What makes the sum right that ISO/IEC 7812-1 annex B asks for."""
    doubled = [2 * int(digit) for digit in digits[::-2]]
    total = sum(value // 10 + value % 10 for value in doubled) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


class MessageTable(Table):
    """`[[message]]`: a kind of request. `amount` is in minor units, `fields` in terms of the 1987 edition.

    `cards` names those that it is sent with (all, if left out). `expect` are the response codes that are right (any,
    if left out). With `pin` it has a PIN block, with `track2` that track. `reverses` names a message of the mix: then
    it is the reversal of one that was approved on the same connection, with its card, amount and fields.
    """

    name: str = ""
    mti: Mti = "0200"
    weight: Weight = 1.0
    pin: bool = False
    track2: bool = False
    amount: Annotated[int, Field(ge=0, lt=10**12)] = 100
    fields: dict[Number, str] = Field(default_factory=dict, repr=False)
    cards: tuple[str, ...] = ()
    expect: tuple[ResponseCode, ...] = ()
    reverses: str = ""

    @model_validator(mode="after")
    def _sent(self) -> Self:
        if not is_request(self.mti) or self.mti[0] != "0":
            raise ValueError(f"mti: {self.mti} is no request of the 1987 edition, whose terms a mix is in")
        if reserved := sorted(set(self.fields) & {"7", "11", "37", "41", "52"}, key=int):
            raise ValueError(f"fields.{reserved[0]}: DE {reserved[0]} is filled in for each request")
        if self.pin and not self.has_card:
            raise ValueError(f"pin: a message {self.mti} has no card")
        if self.reverses:
            self._reversing()
        return self

    def _reversing(self) -> None:
        if message_class(self.mti) != "4":
            raise ValueError(f"reverses: a message {self.mti} is no reversal; 0400 and 0420 are")
        given = [name for name in ("amount", "cards", "track2", "pin") if name in self.model_fields_set]
        if given:
            raise ValueError(f"{given[0]}: is that of the message that is reversed")
        if "90" in self.fields:
            raise ValueError("fields.90: DE 90 is filled in for each reversal")

    @property
    def has_card(self) -> bool:
        """Whether it is about a card: network management is not."""
        return message_class(self.mti) != "8"

    @property
    def called(self) -> str:
        """Its name, or what it is."""
        return self.name or self.mti + (" with PIN" if self.pin else "")


class Mix(Table):
    """All of it."""

    group: tuple[GroupTable, ...] = (GroupTable(),)
    card: tuple[CardTable, ...] = ()
    message: Annotated[tuple[MessageTable, ...], Field(min_length=1)]

    def cards_of(self, message: MessageTable) -> list[CardTable]:
        """The cards that a message is sent with."""
        if message.reverses:
            message = next((other for other in self.message if other.called == message.reverses), message)
        return [card for card in self.card if not message.cards or card.name in message.cards]

    def messages_of(self, group: GroupTable) -> list[MessageTable]:
        """The messages that a group sends."""
        return [message for message in self.message if not group.messages or message.called in group.messages]


def load_mix(path: Path | str) -> Mix:
    """Read the file of a mix.

    Raises:
        ConfigurationError: it cannot be used; has every problem with its key.
    """
    mix = read_toml(path, Mix)
    problems = [*_group_problems(mix), *_message_problems(mix), *_reversal_problems(mix)]
    if problems:
        raise ConfigurationError(path, problems)
    return mix


def _group_problems(mix: Mix) -> Iterator[tuple[str, str]]:
    known = [message.called for message in mix.message]
    for number, group in enumerate(mix.group):
        for name in group.messages:
            if name not in known:
                yield f"group.{number}.messages", f"{name!r} is no message; there are: {', '.join(known)}"
        if any(message.pin for message in mix.messages_of(group)) and not (group.zpk or group.tpk):
            yield f"group.{number}.zpk", "is required (or tpk), as messages with a PIN are sent"
        try:
            group.pin_key  # noqa: B018 (what it raises is what matters)
        except HsmError as error:
            yield f"group.{number}.{'zpk' if group.zpk else 'tpk'}", f"{error}"


def _reversal_problems(mix: Mix) -> Iterator[tuple[str, str]]:
    by_name = {message.called: message for message in mix.message}
    reversed_by: dict[str, str] = {}
    for number, message in enumerate(mix.message):
        if not message.reverses:
            continue
        key = f"message.{number}.reverses"
        original = by_name.get(message.reverses)
        if original is None:
            yield key, f"{message.reverses!r} is no message; there are: {', '.join(by_name)}"
        elif message_class(original.mti) not in ("1", "2") or original.mti[2] != "0":
            yield key, f"{message.reverses!r} is a {original.mti}; an 0100 or 0200 can be reversed"
        elif other := reversed_by.get(message.reverses):
            yield key, f"{other!r} reverses {message.reverses!r} already"
        else:
            reversed_by[message.reverses] = message.called
            for group in mix.group:
                sent = mix.messages_of(group)
                if message in sent and original not in sent:
                    yield key, f"group {group.name!r} does not send {message.reverses!r}"


def _message_problems(mix: Mix) -> Iterator[tuple[str, str]]:
    names = [card.name for card in mix.card]
    total = 0
    for number, message in enumerate(mix.message):
        for name in message.cards:
            if name not in names:
                yield f"message.{number}.cards", f"{name!r} is no card; there are: {', '.join(names) or 'none'}"
        cards = mix.cards_of(message)
        if message.has_card and not cards:
            yield f"message.{number}", "there is no [[card]] to send it with"
        if message.pin and any(card.pin is None for card in cards):
            without = next(card.name for card in cards if card.pin is None)
            yield f"message.{number}.pin", f"card {without!r} has no pin"
        total += sum(card.count for card in cards) if message.has_card else 1
    if total > MAX_PREPARED:
        yield "card", f"{total} different requests are more than the {MAX_PREPARED} that are prepared"


def framing_of(group: GroupTable, dialect: str) -> Framing:
    """How a group's frames say their length.

    Raises:
        ValueError: the dialect does not say it.
    """
    return link_framing(group.framing, dialect, 65_535)
