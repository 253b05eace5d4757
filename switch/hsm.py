"""The switch's way to its HSM: over TCP, or to one inside its own process, through the same client."""

import trio

from saklar.hsm_sim import Hsm, HsmClient, embedded_hsm, load_lmk, tcp_hsm
from saklar.switch.configuration import Configuration
from saklar.switch.toml import ConfigurationError


def make_client(configuration: Configuration, nursery: trio.Nursery) -> HsmClient:
    """The client for the configured HSM, not yet running; an embedded HSM lives in `nursery`.

    Raises:
        ConfigurationError: the embedded HSM's LMK cannot be loaded.
    """
    table = configuration.hsm
    assert table is not None
    if table.connect is not None:
        return HsmClient(tcp_hsm(*table.connect), header_length=table.header_length)
    assert table.embedded is not None
    try:
        lmk = load_lmk(table.embedded)
    except ValueError as error:
        raise ConfigurationError(configuration.path, [("hsm.embedded", str(error))]) from None
    return HsmClient(embedded_hsm(Hsm(lmk), nursery), header_length=table.header_length)
