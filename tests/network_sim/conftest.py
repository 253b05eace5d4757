from contextlib import asynccontextmanager

import pytest
import structlog
import trio
from trio.testing import memory_stream_pair

from saklar.codecs import framing, load_dialect
from saklar.network_sim import AcquirerConfiguration, Issuer, IssuerConfiguration
from saklar.network_sim.accounts import Accounts, Card, Request, approval_codes
from saklar.switch.links import FramedStream

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
    """What must not be seen anywhere, and is long enough not to be met by chance."""
    return PAN, ZPK[1:], PVK[1:]


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


class Peer:
    """The other end of a connection to an issuer."""

    def __init__(self, stream, dialect="iso87-ascii"):
        self.stream = stream
        self.framed = FramedStream(stream, framing("binary-2"))
        self.dialect = load_dialect(dialect)
        self._frames = []

    async def send(self, *messages):
        await self.framed.send(*[message if isinstance(message, bytes) else bytes(message) for message in messages])

    async def receive(self):
        """The next answer; None at the end of the connection."""
        if not self._frames:
            self._frames = await self.framed.receive()
        return self.dialect.decode(self._frames.pop(0)) if self._frames else None

    async def ask(self, message):
        await self.send(message)
        return await self.receive()

    async def silent_for(self, seconds):
        with trio.move_on_after(seconds):
            await self.receive()
            return False
        return True


@pytest.fixture
def talk():
    """Serves an issuer on a connection in memory, for as long as the block lasts."""

    @asynccontextmanager
    async def talk(issuer, dialect="iso87-ascii"):
        ours, theirs = memory_stream_pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(issuer.serve, theirs)
            yield Peer(ours, dialect)
            nursery.cancel_scope.cancel()

    return talk


@pytest.fixture
def running():
    """Runs an issuer on loopback, with its HSM, for as long as the block lasts."""

    @asynccontextmanager
    async def running(issuer):
        async with trio.open_nursery() as nursery:
            address = await nursery.start(issuer.run)
            async with await trio.open_tcp_stream(*address) as stream:
                yield Peer(stream)
            nursery.cancel_scope.cancel()

    return running


@pytest.fixture
def balance(pan):
    return lambda issuer: issuer.accounts.cards[pan].balance
