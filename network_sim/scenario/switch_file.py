"""The configuration of saklar's own switch for a scenario: its file's, or one made of the parties."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saklar.network_sim.scenario.declared import DEFAULT_HOST
from saklar.network_sim.scenario.facts import NetworkFacts, PartyFacts, Setup
from saklar.network_sim.scenario.language.source import Wrong
from saklar.switch import Configuration, ConfigurationError, load_configuration
from saklar.switch.links import Address

NOBODY = Address(DEFAULT_HOST, 1)
"""Where a link dials whose party the scenario does not play: nobody listens there."""

ANY_PORT = Address(DEFAULT_HOST, 0)
EVERY_BIN = "000000-999999"
FILE = "network.toml"


def switch_configuration(
    setup: Setup, folder: Path, addresses: Mapping[str, Address], hsm: Address | None
) -> Configuration:
    """The configuration, checked.

    Args:
        setup: the network and its parties.
        folder: for the journal.
        addresses: where parties listen, by their names.
        hsm: where the HSM listens.

    Raises:
        Wrong: it cannot be.
    """
    network = setup.network
    assert network is not None
    by_link = {facts.link: addresses[facts.name] for facts in linked(setup) if facts.name in addresses}
    try:
        if network.configuration is not None:
            return _adapted(network.configuration, folder, by_link, hsm)
        path = folder / FILE
        path.write_text(_toml(_document(setup, network, by_link, hsm)), encoding="utf-8")
        return load_configuration(path)
    except ConfigurationError as error:
        said = "; ".join(f"{key}: {what}" if key else what for key, what in error.problems)
        raise Wrong(network.span, f"the switch cannot be configured so: {said}") from None


def linked(setup: Setup) -> Iterator[PartyFacts]:
    """The parties that are peers of the switch's links."""
    return (facts for facts in setup.parties.values() if facts.link and facts.role != "proxy")


def needs_hsm(setup: Setup) -> bool:
    """Whether the switch is to have an HSM: where a link has a PIN key, or its file says so."""
    network = setup.network
    if network is None:
        return False
    if network.configuration is not None:
        return network.configuration.hsm is not None
    return any(facts.zpk or facts.tpk for facts in linked(setup))


def _adapted(
    configuration: Configuration, folder: Path, addresses: Mapping[str, Address], hsm: Address | None
) -> Configuration:
    """The file's configuration with addresses of this run, and a journal of its own."""
    links = {
        name: table.model_copy(
            update={"listen": ANY_PORT} if table.listen else {"connect": addresses.get(name, NOBODY)}
        )
        for name, table in configuration.link.items()
    }
    update: dict[str, Any] = {
        "journal": configuration.journal.model_copy(update={"path": folder / "journal.db", "key_file": None}),
        "link": links,
    }
    if configuration.hsm is not None and hsm is not None:
        update["hsm"] = configuration.hsm.model_copy(update={"connect": (hsm,), "embedded": None, "ca": None})
    return configuration.model_copy(update=update)


def _document(
    setup: Setup, network: NetworkFacts, addresses: Mapping[str, Address], hsm: Address | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "switch": {"name": "scenario", "drain_ms": 1_000},
        "journal": {"path": str((Path()) / "journal.db")},
        "link": {facts.link: _link(facts, addresses) for facts in linked(setup)},
        "route": list(_routes(setup)),
    }
    if hsm is not None:
        document["hsm"] = {"connect": str(hsm)}
    for path, value in network.settings.items():
        table, _, key = path.rpartition(".")
        document.setdefault(table or "switch", {})[key] = value
    return document


def _link(facts: PartyFacts, addresses: Mapping[str, Address]) -> dict[str, Any]:
    where: dict[str, Any]
    if facts.role == "issuer":
        where = {"connect": str(addresses.get(facts.link, NOBODY))}
    else:
        where = {"listen": str(facts.address or ANY_PORT)}
    given = {"zpk": facts.zpk, "tpk": facts.tpk, "pin_block_format": facts.pin_format}
    return {
        "role": facts.role,
        **where,
        "dialect": facts.dialect_name,
        "framing": facts.framing_name,
        **{name: value for name, value in given.items() if value is not None},
        **facts.link_settings,
    }


def _routes(setup: Setup) -> Iterator[dict[str, Any]]:
    """Issuers of the same BINs are asked in the order in which they are declared."""
    issuers: dict[tuple[str, ...], list[str]] = {}
    for facts in linked(setup):
        if facts.role == "issuer":
            issuers.setdefault(facts.bins or (EVERY_BIN,), []).append(facts.link)
    for bins, names in issuers.items():
        yield {"bins": list(bins), "issuers": names}


def _toml(document: Mapping[str, Any]) -> str:
    """A document of tables, tables of tables, and lists of tables."""
    lines: list[str] = []
    for name, table in document.items():
        if isinstance(table, list):
            for item in table:
                lines += [f"[[{name}]]", *_keys(item)]
        elif any(isinstance(value, dict) for value in table.values()):
            for key, inner in table.items():
                lines += [f"[{name}.{json.dumps(key)}]", *_keys(inner)]
        else:
            lines += [f"[{name}]", *_keys(table)]
    return "\n".join(lines) + "\n"


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {json.dumps(value)}" for key, value in table.items())
