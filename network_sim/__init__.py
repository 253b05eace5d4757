"""The other parties of the network: issuers that keep accounts, acquirers that send as terminals do.

They speak any dialect over TCP, to saklar or to anybody else.
"""

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
