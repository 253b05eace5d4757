"""The switch and its HSMs: how they are configured, and what PINs come to when one fails."""

from functools import partial

import pytest
import trio
import trustme

from saklar.hsm_sim import Hsm, load_lmk, serve_hsm
from saklar.network_sim import Acquirer, AcquirerConfiguration, Issuer, IssuerConfiguration
from saklar.switch import ConfigurationError, Switch, load_configuration

ZPK = "U8CBA4A503005143A81BAFC3300333F48"
CARD = {"pan": "4000000000000002", "expiry": "4912"}
ISSUER = {
    "name": "bank",
    "listen": "127.0.0.1:0",
    "dialect": "iso87-ascii",
    "zpk": ZPK,
    "pvk": "U9A08FF345A5A3C77785C5AF91C5B6902",
    "hsm": {"embedded": "test"},
    "card": [CARD | {"pvv": "5203", "balance": 100_000_000, "limit": 50_000}],
}
ACQUIRER = {
    "name": "north",
    "dialect": "iso87-ascii",
    "acquirer_id": "100001",
    "merchant": "NORTHMARKET0001",
    "terminals": ["NTH00001"],
    "zpk": "U2A3181DC9BC9EE48134E8DCFB4A97045",
    "card": [CARD | {"name": "gold", "pin": "3991"}],
}
SWITCH = """
[hsm]
connect = ["127.0.0.1:{one}", "127.0.0.1:{two}"]
connections = 2

[link.north]
role = "acquirer"
listen = "127.0.0.1:0"
dialect = "iso87-ascii"
zpk = "U2A3181DC9BC9EE48134E8DCFB4A97045"

[link.bank]
role = "issuer"
connect = "{bank}"
dialect = "iso87-ascii"
zpk = "U8CBA4A503005143A81BAFC3300333F48"

[[route]]
issuer = "bank"
bins = ["400000"]
"""


class DyingHsm(Hsm):
    """An HSM that ends at its tenth PIN translation, with more of them waiting."""

    def __init__(self):
        super().__init__(load_lmk("test"))
        self._scope = trio.CancelScope()
        self._translations = 0

    def execute(self, command):
        self._translations += command.startswith(b"CC")
        if self._translations == 10:
            self._scope.cancel()
        return super().execute(command)

    async def serve(self, task_status):
        with self._scope:
            await serve_hsm(self, "127.0.0.1", 0, task_status=task_status)


async def test_pin_transactions_go_on_when_one_of_two_hsms_dies(nursery, write):
    _, one = await nursery.start(DyingHsm().serve)
    _, two = await nursery.start(partial(serve_hsm, Hsm(load_lmk("test")), "127.0.0.1", 0))
    bank = await nursery.start(Issuer(IssuerConfiguration(**ISSUER)).run)
    switch = Switch(load_configuration(write(SWITCH.format(one=one, two=two, bank=bank))))
    addresses = await nursery.start(switch.run)
    await switch.wait_ready("bank")
    acquirer = Acquirer(AcquirerConfiguration(**ACQUIRER, connect=str(addresses["north"])))
    await nursery.start(acquirer.run)
    codes = []

    async def buy():
        request = acquirer.fleet.purchase(acquirer.configuration.card_named("gold"), 100)
        codes.append((await acquirer.request(request))[39])

    async with trio.open_nursery() as buying:
        for _ in range(100):
            buying.start_soon(buy)
    assert codes == ["00"] * 100
    assert switch._hsm.counters.retried > 0


# Configuration.


@pytest.fixture
def load(good, write):
    """Loads a configuration with these lines in place of `[hsm]`'s."""

    def load(lines):
        return load_configuration(write(good.replace('embedded = "test"', lines))).hsm

    return load


@pytest.mark.parametrize(
    ("lines", "addresses"),
    [
        ('connect = "a:1"', [("a", 1)]),
        ('connect = ["a:1", "[::1]:2"]', [("a", 1), ("::1", 2)]),
        ('embedded = "test"', []),
    ],
)
def test_one_or_several_hsms_are_configured(load, lines, addresses):
    assert list(load(lines).connect) == addresses


@pytest.fixture
def authority(tmp_path):
    """An authority, its certificate in `ca.pem`, and in `ours.pem` one of ours with its key."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("switch").private_key_and_cert_chain_pem.write_to_path(tmp_path / "ours.pem")
    return authority


def test_tls_files_count_from_the_configurations_folder(load, authority, tmp_path):
    table = load('connect = "a:1"\nca = "ca.pem"\ncertificate = "ours.pem"')
    assert (table.ca, table.certificate) == (str(tmp_path / "ca.pem"), str(tmp_path / "ours.pem"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('connect = "a:1"\nca = "ca.pem"\ncertificate = "ca.pem"', "hsm.certificate: "),
        ('connect = "a:1"\nca = "ca.pem"\ncertificate = "no.pem"', "no.pem: No such file"),
        ('embedded = "test"\nca = "ca.pem"', "an embedded one needs no TLS"),
    ],
    ids=["certificate without its key", "no certificate", "TLS to nobody"],
)
def test_tls_that_cannot_be_is_named(load, authority, lines, said):
    with pytest.raises(ConfigurationError) as caught:
        load(lines)
    assert said in str(caught.value)
