"""The TOML files of the simulators."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from saklar.codecs import Framing
from saklar.codecs.framing import DEFAULT_MAX_LENGTH
from saklar.network_sim.accounts import STATUSES, Card
from saklar.switch.configuration import HsmTable, LmkName
from saklar.switch.link_table import DialectName, FramingName, Milliseconds, link_framing
from saklar.switch.toml import AddressField, Table, read_toml

Pan = Annotated[str, Field(pattern="^[0-9]{12,19}$")]
Expiry = Annotated[str, Field(pattern="^[0-9]{2}(0[1-9]|1[0-2])$")]
Amount = Annotated[int, Field(ge=0)]


class _Party(Table):
    name: str
    dialect: DialectName
    framing: FramingName = "binary-2"
    pin_block_format: Annotated[str, Field(pattern="^[0-9]{2}$")] = "01"

    @model_validator(mode="after")
    def _framed(self) -> "_Party":
        link_framing(self.framing, self.dialect, DEFAULT_MAX_LENGTH)
        return self

    @property
    def framing_rule(self) -> Framing:
        """How frames say their length."""
        return link_framing(self.framing, self.dialect, DEFAULT_MAX_LENGTH)


class CardTable(Table):
    """`[[card]]` of an issuer; amounts in minor units, `expiry` YYMM."""

    pan: Pan = Field(repr=False)
    expiry: Expiry
    pvv: str = Field(default="0000", pattern="^[0-9]{4}$", repr=False)
    pvki: Annotated[str, Field(pattern="^[0-9]$")] = "1"
    balance: Amount = 0
    limit: Amount = 10**12
    pin_required: bool = False
    status: str = "active"

    @field_validator("status")
    @classmethod
    def _known_status(cls, value: str) -> str:
        if value not in STATUSES:
            raise ValueError(f"{value!r} is no status; there are: {', '.join(STATUSES)}")
        return value

    def opened(self) -> Card:
        """The card with its own account."""
        return Card(
            self.pan, self.expiry, self.pvv, self.balance, self.limit, self.pvki, self.status, self.pin_required
        )


class IssuerConfiguration(_Party):
    """An issuer: keys are under the LMK of its HSM, which checks the PINs."""

    listen: AddressField
    zpk: str | None = Field(default=None, repr=False)
    pvk: str | None = Field(default=None, repr=False)
    hsm: HsmTable | None = None
    cents: bool = False
    late_answer_ms: Milliseconds = 40_000
    card: tuple[CardTable, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "IssuerConfiguration":
        if (self.zpk is None) != (self.pvk is None):
            raise ValueError("to check PINs give both zpk and pvk")
        if self.zpk is not None and self.hsm is None:
            raise ValueError("to check PINs give an [hsm]")
        pans = [card.pan for card in self.card]
        if len(set(pans)) != len(pans):
            raise ValueError("a PAN is given twice among the cards")
        return self


class TestCard(Table):
    """`[[card]]` of an acquirer: what a cardholder brings to the terminal."""

    __test__ = False  # it is no test, whatever its name begins with

    name: str
    pan: Pan = Field(repr=False)
    expiry: Expiry
    pin: str | None = Field(default=None, pattern="^[0-9]{4,12}$", repr=False)


class AcquirerConfiguration(_Party):
    """An acquirer: the key of its terminals is under `lmk`, so that no file has it in the clear."""

    connect: AddressField
    acquirer_id: Annotated[str, Field(pattern="^[0-9]{1,11}$")]
    merchant: Annotated[str, Field(pattern="^[ -~]{1,15}$")]
    terminals: Annotated[tuple[Annotated[str, Field(pattern="^[ -~]{8}$")], ...], Field(min_length=1)]
    currency: Annotated[str, Field(pattern="^[0-9]{3}$")] = "360"
    merchant_type: Annotated[str, Field(pattern="^[0-9]{4}$")] = "5999"
    zpk: str | None = Field(default=None, repr=False)
    tpk: str | None = Field(default=None, repr=False)
    lmk: LmkName = "test"
    sign_on: bool = True
    timeout_ms: Milliseconds = 35_000
    card: tuple[TestCard, ...] = ()

    def card_named(self, name: str) -> TestCard:
        """The card of that name.

        Raises:
            KeyError: there is none.
        """
        return next((card for card in self.card if card.name == name), None) or _no_card(self, name)


def _no_card(configuration: AcquirerConfiguration, name: str) -> TestCard:
    known = ", ".join(card.name for card in configuration.card) or "none"
    raise KeyError(f"{configuration.name} has no card {name!r}; there are: {known}")


def load_issuer(path: Path | str) -> IssuerConfiguration:
    """Read an issuer's file.

    Raises:
        ConfigurationError: it cannot be used; says file and key.
    """
    return read_toml(path, IssuerConfiguration)


def load_acquirer(path: Path | str) -> AcquirerConfiguration:
    """Read an acquirer's file.

    Raises:
        ConfigurationError: it cannot be used; says file and key.
    """
    return read_toml(path, AcquirerConfiguration)
