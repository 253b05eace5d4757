"""The switch's configuration: one TOML file, checked whole before anything starts."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from saklar.codecs import DialectError, Framing, framing, load_dialect
from saklar.codecs.library import is_file
from saklar.hsm_sim import LmkError, client_tls, load_lmk
from saklar.hsm_sim.keys.lmk import TEST_LMKS
from saklar.switch.engine import BinRange, Link, PinKey, Role, Route, RouteError, RoutingTable, mti_prefix
from saklar.switch.engine.model import DEFAULT_KEY, KeyPart
from saklar.switch.engine.remembered import CAPACITY
from saklar.switch.engine.stans import MAX_IN_FLIGHT
from saklar.switch.routes_file import read_routes
from saklar.switch.toml import AddressesField, AddressField, ConfigurationError, Table, beside, read_toml

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


def _known_lmk(value: str, info: ValidationInfo) -> str:
    name = value if value in TEST_LMKS else beside(value, info)
    try:
        load_lmk(name)
    except LmkError as error:
        raise ValueError(str(error)) from None
    return name


DialectName = Annotated[str, AfterValidator(_known_dialect)]
"""The name of a shipped dialect, or the path of a dialect file, that can be loaded."""

LmkName = Annotated[str, AfterValidator(_known_lmk)]
"""`"test"`, or the path of an LMK file, that can be loaded."""

MAX_FRAME = 65_535

DEFAULT_TIMEOUT_MS = {"acquirer": 30_000, "issuer": 20_000}
"""An issuer must have less time than the acquirer allows, or its answer comes after the acquirer has given up."""


class SwitchTable(Table):
    """`[switch]`: `drain_ms` bounds how long a stop waits for what is pending; `routes_file` has more routes (CSV)."""

    name: str = "saklar"
    drain_ms: Milliseconds = 10_000
    trace: bool = False
    routes_file: Path | None = None


class JournalTable(Table):
    """`[journal]`: the SQLite file, and the file of its keys (default: beside it, ending in `.key`).

    `lmk` wraps these keys. `durability`: "strict" has an intent durable before its request leaves and an outcome before
    its answer does; "relaxed" waits for neither, and a crash loses the last moments. `remember` transactions of the
    last `remember_hours` are told from their repeats and can be reversed. `keep_days`, if not 0, is after how long
    settled transactions are removed.
    """

    path: Path = Path("saklar.db")
    key_file: Path | None = None
    lmk: LmkName = "test"
    durability: Literal["strict", "relaxed"] = "strict"
    remember: Annotated[int, Field(ge=1_000, le=10_000_000)] = CAPACITY
    remember_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 24
    keep_days: Annotated[int, Field(ge=0)] = 0


class HsmTable(Table):
    """`[hsm]`: `connect` to one or several payShields (or `saklar hsm`), or `embedded` with an LMK.

    `timeout_ms` bounds a command, all tries together. `ca` makes it TLS: the authority that issued the HSMs'
    certificates; `certificate` is ours, with its private key, for an HSM that asks for one.
    """

    connect: Annotated[AddressesField, Field(min_length=1, max_length=16)] = ()
    embedded: LmkName | None = None
    header_length: Annotated[int, Field(ge=0, le=255)] = 4
    connections: Annotated[int, Field(ge=1, le=16)] = 1
    timeout_ms: Milliseconds = 3_000
    health_interval_ms: Milliseconds = 5_000
    lmk_check_value: Annotated[str, Field(pattern="^[0-9A-Fa-f]{6,16}$")] | None = None
    ca: str | None = None
    certificate: str | None = None

    @field_validator("ca", "certificate")
    @classmethod
    def _usable(cls, value: str, info: ValidationInfo) -> str:
        file = beside(value, info)
        ca, certificate = (file, None) if info.field_name == "ca" else (info.data.get("ca"), file)
        try:
            if ca is not None:
                client_tls(ca, certificate)
        except ssl.SSLError:
            key = "" if info.field_name == "ca" else " and its private key, not enciphered,"
            raise ValueError(f"{file}: a PEM file with a certificate{key} is expected") from None
        except OSError as error:
            raise ValueError(f"{file}: {error.strerror}") from None
        return file

    @model_validator(mode="after")
    def _one_way(self) -> "HsmTable":
        if bool(self.connect) == (self.embedded is not None):
            raise ValueError("give either connect or embedded")
        if self.ca is not None and not self.connect:
            raise ValueError("ca is for HSMs to connect to; an embedded one needs no TLS")
        if self.certificate is not None and self.ca is None:
            raise ValueError("certificate needs ca, the authority that issued the HSM's own certificate")
        return self


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
    timeout_code: ResponseCode = "91"
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
        is_issuer = self.role == "issuer"
        echo_ms = 60_000 if self.echo_interval_ms is None and is_issuer else self.echo_interval_ms or 0
        return Link(
            name=name,
            role=self.role,
            dialect=load_dialect(self.dialect),
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
            timeout_code=self.timeout_code,
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


def _names(value: object) -> object:
    """One text is a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class RouteTable(Table):
    """`[[route]]`: BINs of 6 to 11 digits, single (`"400000"`) or from-to (`"510000-559999"`), and who is asked.

    Conditions narrow it: `mti` (`"0200"`, `"02xx"`), `processing` (the first two digits of DE 3), `currency` (DE 49),
    `acquirer` (a link).
    """

    bins: Annotated[list[str], Field(min_length=1)]
    issuer: str | None = None
    issuers: Names = ()
    mti: Names = ()
    processing: Names = ()
    currency: Names = ()
    acquirer: Names = ()

    @field_validator("bins")
    @classmethod
    def _bins(cls, value: list[str]) -> list[str]:
        for text in value:
            BinRange.parse(text)
        return value

    @field_validator("mti")
    @classmethod
    def _mtis(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            mti_prefix(text)
        return value

    @field_validator("processing", "currency")
    @classmethod
    def _codes(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        count = 2 if info.field_name == "processing" else 3
        for text in value:
            if len(text) != count or not text.isdecimal():
                raise ValueError(f"{text!r}: {count} digits are expected")
        return value

    @model_validator(mode="after")
    def _asked(self) -> Self:
        if (self.issuer is None) == (not self.issuers):
            raise ValueError("give either issuer, or issuers in the order in which they are asked")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The issuers, in order."""
        return self.issuers or (self.issuer or "",)

    @property
    def entries(self) -> Iterator[tuple[BinRange, Route]]:
        """Each range and its route, which is the same for all."""
        route = Route(
            self.names,
            frozenset(map(mti_prefix, self.mti)),
            frozenset(self.processing),
            frozenset(self.currency),
            frozenset(self.acquirer),
        )
        return ((BinRange.parse(text), route) for text in self.bins)


class Configuration(Table):
    """All of it."""

    switch: SwitchTable = SwitchTable()
    journal: JournalTable = JournalTable()
    hsm: HsmTable | None = None
    link: Annotated[dict[str, LinkTable], Field(min_length=1)]
    route: tuple[RouteTable, ...] = ()
    _path: Path = PrivateAttr(default=Path())
    _routes: RoutingTable | None = PrivateAttr(default=None)

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self._path

    @property
    def links(self) -> dict[str, Link]:
        """The links as the engine needs them."""
        return {name: table.for_engine(name) for name, table in self.link.items()}

    @property
    def routes(self) -> RoutingTable:
        """The routing table.

        Raises:
            RouteError: routes contradict each other, or the file of routes cannot be used.
        """
        if self._routes is None:
            self._routes = RoutingTable(self._entries())
        return self._routes

    def _entries(self) -> Iterator[tuple[BinRange, Route]]:
        for route in self.route:
            yield from route.entries
        if self.routes_path is not None:
            yield from read_routes(self.routes_path)

    @property
    def routes_path(self) -> Path | None:
        """Where more routes are, a range a line; a relative path counts from the configuration file's folder."""
        file = self.switch.routes_file
        return None if file is None else self._path.parent / file

    @property
    def journal_path(self) -> Path:
        """Where the journal is; a relative path counts from the configuration file's folder."""
        return self._path.parent / self.journal.path

    @property
    def journal_key_file(self) -> Path:
        """Where the key of the PAN hashes is."""
        path = self.journal_path
        given = self.journal.key_file
        return self._path.parent / given if given else path.with_name(path.name + ".key")


def load_configuration(path: Path | str) -> Configuration:
    """Read and check the file.

    Raises:
        ConfigurationError: it cannot be used; the error has every problem that was found, each with its key.
    """
    configuration = read_toml(path, Configuration)
    configuration._path = Path(path)  # noqa: SLF001 (the model's own loader)
    problems = [*_link_problems(configuration), *_route_problems(configuration)]
    if problems:
        raise ConfigurationError(path, problems)
    return configuration


def _link_problems(configuration: Configuration) -> Iterator[tuple[str, str]]:
    links = configuration.link
    acquirers = {name: table for name, table in links.items() if table.role == "acquirer"}
    issuers = {name: table for name, table in links.items() if table.role == "issuer"}
    if not acquirers:
        yield "link", 'no link has role = "acquirer": nobody could send a request'
    for name, table in issuers.items():
        for acquirer, limits in acquirers.items():
            if table.limit_ms >= limits.limit_ms:
                yield (
                    f"link.{name}.timeout_ms",
                    f"{table.limit_ms} ms is not below the {limits.limit_ms} ms of acquirer {acquirer}",
                )
    if configuration.hsm is None:
        for name, table in links.items():
            if table.zpk or table.tpk:
                yield f"link.{name}.{'zpk' if table.zpk else 'tpk'}", "a PIN key needs an [hsm] to use it"


def _route_problems(configuration: Configuration) -> Iterator[tuple[str, str]]:
    roles: dict[str, list[str]] = {"issuer": [], "acquirer": []}
    for name, table in configuration.link.items():
        roles[table.role].append(name)
    for number, route in enumerate(configuration.route):
        for role, names in (("issuer", route.names), ("acquirer", route.acquirer)):
            for name in names:
                if name not in roles[role]:
                    yield f"route.{number}.{role}", _no_link(name, role, roles[role])
    try:
        unknown = configuration.routes.issuers - set(roles["issuer"])
    except RouteError as error:
        yield "route", str(error)
        return
    listed = {name for route in configuration.route for name in route.names}
    for name in sorted(unknown - listed):
        yield "switch.routes_file", _no_link(name, "issuer", roles["issuer"])


def _no_link(name: str, role: str, there_are: list[str]) -> str:
    return f"{name!r} is no {role} link; there are: {', '.join(there_are) or 'none'}"
