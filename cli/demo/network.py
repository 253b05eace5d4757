"""The whole network in one process, each party on its own loopback port, talking over TCP."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import trio

from saklar.hsm_sim import Hsm, load_lmk, serve_hsm
from saklar.network_sim import Acquirer, Issuer, load_acquirer, load_issuer
from saklar.switch import Configuration, Switch, load_configuration
from saklar.switch.journal import JournalKeys, read_keys
from saklar.switch.links import Address

ISSUERS = ("bank-a", "bank-b")
ACQUIRERS = ("north", "south")
ABSENT = "bank-c"
"""The issuer that the switch dials in vain."""

ANY_PORT = Address("127.0.0.1", 0)


@dataclass(frozen=True)
class DemoNetwork:
    """The running parties, where each listens, and the switch's journal with its keys."""

    switch: Switch
    issuers: Mapping[str, Issuer]
    acquirers: Mapping[str, Acquirer]
    addresses: Mapping[str, Address]
    journal: Path
    journal_keys: JournalKeys


@asynccontextmanager
async def demo_network(folder: Path, *, trace: bool = False) -> AsyncIterator[DemoNetwork]:
    """Start every party; at the end drain the switch and stop them. The journal goes into `folder`."""
    with socket.socket() as reserved:
        reserved.bind(ANY_PORT)  # bound and never listening: whoever dials it is refused
        addresses = {ABSENT: Address(*reserved.getsockname())}
        async with trio.open_nursery() as parties:
            hsm = Hsm(load_lmk("test"))
            addresses["hsm"] = Address(*await parties.start(partial(serve_hsm, hsm, *ANY_PORT)))
            issuers = {name: _issuer(name, addresses["hsm"]) for name in ISSUERS}
            for name, issuer in issuers.items():
                addresses[name] = await parties.start(issuer.run)
            configuration = _configuration(folder, addresses, trace=trace)
            async with trio.open_nursery() as core:
                switch = Switch(configuration)
                addresses |= await core.start(switch.run)
                acquirers = {name: _acquirer(name, addresses[name]) for name in ACQUIRERS}
                for name in ISSUERS:
                    await switch.wait_ready(name)
                for acquirer in acquirers.values():
                    await parties.start(acquirer.run)
                keys = read_keys(configuration.journal_key_file, load_lmk(configuration.journal.lmk))
                yield DemoNetwork(switch, issuers, acquirers, addresses, configuration.journal_path, keys)
                switch.stop()
            parties.cancel_scope.cancel()


def file_of(party: str) -> Path:
    """The configuration file of a party."""
    return (Path(__file__).parent / f"{party}.toml").resolve()


def _issuer(name: str, hsm: Address) -> Issuer:
    configuration = load_issuer(file_of(name))
    assert configuration.hsm is not None
    moved = configuration.hsm.model_copy(update={"connect": (hsm,)})
    return Issuer(configuration.model_copy(update={"listen": ANY_PORT, "hsm": moved}))


def _acquirer(name: str, switch: Address) -> Acquirer:
    return Acquirer(load_acquirer(file_of(name)).model_copy(update={"connect": switch}))


def _configuration(folder: Path, addresses: Mapping[str, Address], *, trace: bool) -> Configuration:
    """The switch's file, with its acquirers' ports free ones and its issuers and HSM where they are now."""
    configuration = load_configuration(file_of("switch"))
    assert configuration.hsm is not None
    links = {
        name: table.model_copy(update={"listen": ANY_PORT} if table.listen else {"connect": addresses[name]})
        for name, table in configuration.link.items()
    }
    return configuration.model_copy(
        update={
            "switch": configuration.switch.model_copy(update={"trace": trace}),
            "journal": configuration.journal.model_copy(update={"path": folder / "demo.db"}),
            "hsm": configuration.hsm.model_copy(update={"connect": (addresses["hsm"],)}),
            "link": links,
        }
    )
