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

from saklar.hsm_sim import LmkError, client_tls, load_lmk
from saklar.hsm_sim.keys.lmk import TEST_LMKS
from saklar.switch.engine import BinRange, Link, Route, RouteError, RoutingTable, mti_prefix
from saklar.switch.engine.remembered import CAPACITY
from saklar.switch.link_table import LinkTable, Milliseconds
from saklar.switch.routes_file import read_routes
from saklar.switch.toml import AddressesField, ConfigurationError, Table, beside, read_toml


def _known_lmk(value: str, info: ValidationInfo) -> str:
    name = value if value in TEST_LMKS else beside(value, info)
    try:
        load_lmk(name)
    except LmkError as error:
        raise ValueError(str(error)) from None
    return name


LmkName = Annotated[str, AfterValidator(_known_lmk)]
"""`"test"`, or the path of an LMK file, that can be loaded."""


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
