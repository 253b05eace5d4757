"""`[link.NAME]` of the configuration: a party of the network, and how to talk to it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from saklar.codecs import DialectError, Framing, framing, load_dialect
from saklar.codecs.library import is_file
from saklar.switch.engine import Link, PinKey, Role
from saklar.switch.engine.model import DEFAULT_KEY, KeyPart
from saklar.switch.engine.stans import MAX_IN_FLIGHT
from saklar.switch.toml import AddressField, Table, beside

VERSIONS_SWITCHED = ("1987", "1993")
"""Editions whose transactions the engine knows."""

Milliseconds = Annotated[int, Field(ge=1)]
FramingName = Literal["binary-2", "ascii-4", "bcd-2", "binary-4", "dialect"]
"""A framing by name, or as the link's dialect says."""


def _known_dialect(value: str, info: ValidationInfo) -> str:
    name = beside(value, info) if is_file(value) else value
    try:
        dialect = load_dialect(name)
    except DialectError as error:
        raise ValueError(str(error)) from None
    if dialect.version not in VERSIONS_SWITCHED:
        raise ValueError(
            f"{dialect.name} is of ISO 8583:{dialect.version}; links speak {' or '.join(VERSIONS_SWITCHED)}"
        )
    if dialect.needs_header:
        raise ValueError(f"{dialect.name} has a header without a default: give its parts a value")
    return name


DialectName = Annotated[str, AfterValidator(_known_dialect)]
"""The name of a shipped dialect, or the path of a dialect file, that can be loaded."""

MAX_FRAME = 65_535

DEFAULT_TIMEOUT_MS = {"acquirer": 30_000, "issuer": 20_000}
"""An issuer must have less time than the acquirer allows, or its answer comes after the acquirer has given up."""

_TIMEOUT_CODE = {"1987": "91", "1993": "68"}
"""By edition, the `timeout_code` of a link that says none. 1987 has one code for an issuer that is silent and for one
that is gone, 1993 has two: action codes 911 (68 in 1987 terms) and 907 (91)."""


def link_framing(name: str, dialect: str, max_frame: int) -> Framing:
    """The framing of that name, or the dialect's own.

    Raises:
        ValueError: the dialect does not say how it is framed.
    """
    if name != "dialect":
        return framing(name, max_frame)
    own = load_dialect(dialect).framing
    if own is None:
        raise ValueError(f"framing: dialect {dialect} does not say how it is framed")
    return own.up_to(max_frame)


_OF_ACQUIRERS = frozenset(
    {
        "pin_error_code",
        "duplicate_key",
        "partial_approval",
        "timeout_code",
        "unknown_original",
        "forward_unknown",
        "on_doubt",
    }
)
_OF_ISSUERS = frozenset(
    {
        "saf_window",
        "saf_retry_min_ms",
        "saf_retry_max_ms",
        "saf_attempts",
        "saf_days",
        "saf_capacity",
        "wait_when_down",
    }
)
"""Settings that say something of one role only."""

ResponseCode = Annotated[str, Field(pattern="^[0-9A-Z]{2}$")]
"""DE 39 in 1987 terms."""


class LinkTable(Table):
    """`[link.NAME]`: a party of the network and how to talk to it. Times in ms, sizes in bytes.

    What is said of one role only is explained with `saklar.switch.engine.Link`.
    """

    role: Role
    listen: AddressField | None = None
    connect: AddressField | None = None
    dialect: DialectName
    framing: FramingName = "binary-2"
    max_frame: Annotated[int, Field(ge=64, le=MAX_FRAME)] = 8_192
    frame_timeout_ms: Milliseconds = 10_000
    timeout_ms: Milliseconds | None = None
    sign_on: bool | None = None
    echo_interval_ms: Annotated[int, Field(ge=0)] | None = None
    reconnect_min_ms: Milliseconds = 250
    reconnect_max_ms: Milliseconds = 30_000
    max_connections: Annotated[int, Field(ge=1)] = 1_024
    max_in_flight: Annotated[int, Field(ge=1, le=MAX_IN_FLIGHT)] = 10_000
    max_outbox: Annotated[int, Field(ge=65_536)] = 1_048_576
    max_malformed: Annotated[int, Field(ge=1)] = 10
    party: str | None = None
    pin_error_code: ResponseCode = "96"
    duplicate_key: tuple[KeyPart, ...] = DEFAULT_KEY
    partial_approval: bool = True
    timeout_code: ResponseCode | None = None
    unknown_original: Literal["25", "00"] = "25"
    forward_unknown: bool = False
    on_doubt: Literal["wait", "reverse"] = "wait"
    saf_window: Annotated[int, Field(ge=1, le=1_000)] = 1
    saf_retry_min_ms: Milliseconds = 1_000
    saf_retry_max_ms: Milliseconds = 60_000
    saf_attempts: Annotated[int, Field(ge=1)] = 1_000
    saf_days: Annotated[float, Field(gt=0)] = 7.0
    saf_capacity: Annotated[int, Field(ge=1, le=MAX_IN_FLIGHT)] = 100_000
    wait_when_down: bool = False
    zpk: str | None = Field(default=None, repr=False)
    tpk: str | None = Field(default=None, repr=False)
    key_check_value: Annotated[str, Field(pattern="^[0-9A-Fa-f]{6}$")] | None = None
    pin_block_format: Annotated[str, Field(pattern="^[0-9]{2}$")] = "01"

    @model_validator(mode="after")
    def _consistent(self) -> "LinkTable":
        if (self.listen is None) == (self.connect is None):
            raise ValueError("give either listen (the peer dials us) or connect (we dial the peer)")
        if self.zpk is not None and self.tpk is not None:
            raise ValueError("give either zpk or tpk")
        if self.role == "issuer" and self.tpk is not None:
            raise ValueError("an issuer's PIN key is a zpk")
        if self.reconnect_max_ms < self.reconnect_min_ms:
            raise ValueError("reconnect_max_ms is below reconnect_min_ms")
        if self.saf_retry_max_ms < self.saf_retry_min_ms:
            raise ValueError("saf_retry_max_ms is below saf_retry_min_ms")
        self._check_role()
        link_framing(self.framing, self.dialect, self.max_frame)
        return self

    def _check_role(self) -> None:
        of_the_other = _OF_ISSUERS if self.role == "acquirer" else _OF_ACQUIRERS
        wrong = sorted(self.model_fields_set & of_the_other)
        if wrong:
            other = "an issuer" if self.role == "acquirer" else "an acquirer"
            raise ValueError(f"{wrong[0]} is for {other}'s link")
        key = set(self.duplicate_key)
        if "stan" not in key or not key & {"terminal", "acquirer_id"} or not key & {"transmission", "local_time"}:
            raise ValueError(
                "duplicate_key is too weak to tell a repeat from another request: it needs stan, a terminal or "
                "acquirer_id, and transmission or local_time"
            )

    @property
    def framing_rule(self) -> Framing:
        """How this link's frames say their length."""
        return link_framing(self.framing, self.dialect, self.max_frame)

    @property
    def limit_ms(self) -> int:
        """`timeout_ms`, or the default of the role."""
        return self.timeout_ms or DEFAULT_TIMEOUT_MS[self.role]

    def for_engine(self, name: str) -> Link:
        """What the engine must know of it."""
        key, kind = (self.tpk, "TPK") if self.tpk else (self.zpk, "ZPK")
        is_issuer, dialect = self.role == "issuer", load_dialect(self.dialect)
        echo_ms = 60_000 if self.echo_interval_ms is None and is_issuer else self.echo_interval_ms or 0
        return Link(
            name=name,
            role=self.role,
            dialect=dialect,
            timeout_s=self.limit_ms / 1000,
            max_frame=self.max_frame,
            pin_key=PinKey("TPK" if kind == "TPK" else "ZPK", key, self.pin_block_format) if key else None,
            sign_on=is_issuer if self.sign_on is None else self.sign_on,
            echo_interval_s=echo_ms / 1000,
            max_in_flight=self.max_in_flight,
            max_malformed=self.max_malformed,
            party=self.party,
            pin_error_code=self.pin_error_code,
            duplicate_key=self.duplicate_key,
            partial_approval=self.partial_approval,
            timeout_code=self.timeout_code or _TIMEOUT_CODE[dialect.version],
            unknown_original=self.unknown_original,
            forward_unknown=self.forward_unknown,
            on_doubt=self.on_doubt,
            saf_window=self.saf_window,
            saf_retry_s=(self.saf_retry_min_ms / 1000, self.saf_retry_max_ms / 1000),
            saf_attempts=self.saf_attempts,
            saf_days=self.saf_days,
            saf_capacity=self.saf_capacity,
            wait_when_down=self.wait_when_down,
        )
