"""Who is on the desk: a folder with `switch.toml`, and for each link whose party is to be simulated its `NAME.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saklar.network_sim.configuration import (
    AcquirerConfiguration,
    IssuerConfiguration,
    TestCard,
    load_acquirer,
    load_issuer,
)
from saklar.switch import Configuration, ConfigurationError, load_configuration
from saklar.switch.links import Address

DEMO = Path(__file__).resolve().parent
"""The folder of the demo's files."""

ANY_PORT = Address("127.0.0.1", 0)
HSM = "hsm"
SWITCH = "switch"


@dataclass(frozen=True)
class Plan:
    """The configurations of all parties, by the names of the switch's links; their addresses are not used."""

    switch: Configuration
    issuers: Mapping[str, IssuerConfiguration]
    acquirers: Mapping[str, AcquirerConfiguration]

    @property
    def absent(self) -> tuple[str, ...]:
        """The issuer links that nobody is simulated for: the switch dials them in vain."""
        return tuple(name for name in self._links("issuer") if name not in self.issuers)

    @property
    def doors(self) -> tuple[str, ...]:
        """The acquirer links, in the order of the file."""
        return self._links("acquirer")

    def _links(self, role: str) -> tuple[str, ...]:
        return tuple(name for name, table in self.switch.link.items() if table.role == role)

    def card(self, name: str) -> TestCard:
        """A card by its name in an acquirer's file.

        Raises:
            KeyError: no acquirer has it; says which there are.
        """
        cards = {card.name: card for party in self.acquirers.values() for card in party.card}
        if name not in cards:
            raise KeyError(f"no acquirer has a card {name!r}; there are: {', '.join(cards) or 'none'}")
        return cards[name]

    def changed(self, **tables: Mapping[str, Any]) -> Plan:
        """The plan with other values in tables of the switch's configuration: `changed(switch={"trace": True})`."""
        update = {name: getattr(self.switch, name).model_copy(update=dict(keys)) for name, keys in tables.items()}
        return replace(self, switch=self.switch.model_copy(update=update))

    def switch_at(self, folder: Path, addresses: Mapping[str, Address]) -> Configuration:
        """The switch's configuration: its journal in `folder`, links and HSM at `addresses`, or on any port."""
        own = self.switch
        links = {
            name: table.model_copy(
                update={"listen": addresses.get(name, ANY_PORT)} if table.listen else {"connect": addresses[name]}
            )
            for name, table in own.link.items()
        }
        path = folder / own.journal_path.name
        update: dict[str, Any] = {
            "journal": own.journal.model_copy(update={"path": path, "key_file": None}),
            "link": links,
        }
        if own.hsm is not None and own.hsm.connect:
            update["hsm"] = own.hsm.model_copy(update={"connect": (addresses[HSM],)})
        return own.model_copy(update=update)

    def issuer_at(self, name: str, addresses: Mapping[str, Address]) -> IssuerConfiguration:
        """An issuer's configuration, likewise."""
        own = self.issuers[name]
        update: dict[str, Any] = {"listen": addresses.get(name, ANY_PORT)}
        if own.hsm is not None and own.hsm.connect:
            update["hsm"] = own.hsm.model_copy(update={"connect": (addresses[HSM],)})
        return own.model_copy(update=update)

    def acquirer_at(self, name: str, addresses: Mapping[str, Address]) -> AcquirerConfiguration:
        """An acquirer's configuration, dialling the switch."""
        return self.acquirers[name].model_copy(update={"connect": addresses[name]})


def read_plan(folder: Path) -> Plan:
    """Read the files of a folder. A link without a file of its name is left to others.

    Raises:
        ConfigurationError: a file cannot be used; says file and key.
    """
    switch = load_configuration(folder / f"{SWITCH}.toml")
    taken = [(f"link.{name}", "this name is that of a part") for name in (HSM, SWITCH) if name in switch.link]
    if taken:
        raise ConfigurationError(switch.path, taken)
    files = {name: folder / f"{name}.toml" for name in switch.link}
    there = {name: path for name, path in files.items() if path.is_file()}
    role = {name: table.role for name, table in switch.link.items()}
    return Plan(
        switch,
        {name: load_issuer(path) for name, path in there.items() if role[name] == "issuer"},
        {name: load_acquirer(path) for name, path in there.items() if role[name] == "acquirer"},
    )
