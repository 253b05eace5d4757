"""The other parties of the network: issuers that keep accounts, acquirers that send as terminals do.

They speak any dialect over TCP, to saklar or to anybody else. The names are imported when they are first used: pytest
imports the plugin in this room in every run, and most runs want nothing of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saklar.network_sim.acquirer import Acquirer, NoAnswer
    from saklar.network_sim.configuration import (
        AcquirerConfiguration,
        IssuerConfiguration,
        TestCard,
        load_acquirer,
        load_issuer,
    )
    from saklar.network_sim.issuer import Issuer
    from saklar.network_sim.terminal import Fleet

__all__ = [
    "Acquirer",
    "AcquirerConfiguration",
    "Fleet",
    "Issuer",
    "IssuerConfiguration",
    "NoAnswer",
    "TestCard",
    "load_acquirer",
    "load_issuer",
]

_HOMES = {
    "acquirer": ("Acquirer", "NoAnswer"),
    "configuration": ("AcquirerConfiguration", "IssuerConfiguration", "TestCard", "load_acquirer", "load_issuer"),
    "issuer": ("Issuer",),
    "terminal": ("Fleet",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return found
