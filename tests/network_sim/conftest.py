import pytest
import structlog

from saklar.codecs import load_dialect
from saklar.network_sim import AcquirerConfiguration, Issuer, IssuerConfiguration
from saklar.network_sim.accounts import Accounts, Card, Request, approval_codes

PAN = "4000000000000002"
PIN, PVV = "3991", "5203"
ZPK = "U8CBA4A503005143A81BAFC3300333F48"
PVK = "U9A08FF345A5A3C77785C5AF91C5B6902"

CARD = {"pan": PAN, "expiry": "4912", "pvv": PVV, "balance": 100_000, "limit": 50_000}
ISSUER = {
    "name": "bank",
    "listen": "127.0.0.1:0",
    "dialect": "iso87-ascii",
    "zpk": ZPK,
    "pvk": PVK,
    "hsm": {"embedded": "test"},
    "card": [CARD],
}
ACQUIRER = {
    "name": "north",
    "connect": "127.0.0.1:9",
    "dialect": "iso87-ascii",
    "acquirer_id": "100001",
    "merchant": "NORTHMARKET0001",
    "terminals": ["NTH00001", "NTH00002"],
    "zpk": ZPK,
    "card": [{"name": "gold", "pan": PAN, "expiry": "4912", "pin": PIN}],
}


@pytest.fixture
def pan():
    return PAN


@pytest.fixture
def pin():
    """The PIN of the card, by its PVV."""
    return PIN


@pytest.fixture
def secrets():
    """What must not be seen anywhere."""
    return PAN, PIN, ZPK[1:], PVK[1:]


@pytest.fixture
def issuer_table():
    """The configuration of an issuer, as its file would have it, with changes."""

    def make(*, card=None, **changes):
        return {**ISSUER, "card": [CARD | (card or {})], **changes}

    return make


@pytest.fixture
def make_issuer(issuer_table):
    def make(**changes):
        return Issuer(IssuerConfiguration(**issuer_table(**changes)))

    return make


@pytest.fixture
def acquirer():
    """The configuration of an acquirer, with changes."""

    def make(**changes):
        return AcquirerConfiguration(**ACQUIRER | changes)

    return make


@pytest.fixture
def purchase():
    """A 0200 without a PIN for 100.00, with changes; None removes an element."""

    def make(changes=None, *, mti="0200", dialect="iso87-ascii"):
        elements = {2: PAN, 3: "000000", 4: "000000010000", 7: "1123120000", 11: "000042"}
        elements |= {37: "632712000042", 41: "NTH00001", 49: "360"} | (changes or {})
        present = {key: value for key, value in elements.items() if value is not None}
        return load_dialect(dialect).message({"mti": mti, **present})

    return make


@pytest.fixture
def accounts():
    """The books of one card with 1000.00 and a limit of 500.00, with changes to the card."""

    def make(**changes):
        card = {"pan": PAN, "expiry": "4912", "pvv": PVV, "balance": 100_000, "limit": 50_000}
        return Accounts([Card(**card | changes)], approval_codes())

    return make


@pytest.fixture
def request_for():
    """An authorisation of 100.00, with changes."""

    def make(**changes):
        values = {
            "pan": PAN, "processing_code": "000000", "amount": 10_000, "stan": "000042", "time": "1123120000",
            "rrn": "632712000042", "terminal": "NTH00001", "month": "2611", "pin_is_right": None,
        }  # fmt: skip
        return Request(**values | changes)

    return make


@pytest.fixture
def log():
    """Everything that is logged while the test runs, at any level."""
    with structlog.testing.capture_logs() as entries:
        yield entries
