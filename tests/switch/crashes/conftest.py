"""The switch as a process of its own, over TCP, between an issuer with real balances and acquirers that never give up."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio

from saklar.codecs import DecodeError, framing, load_dialect
from saklar.hsm_sim import load_lmk
from saklar.network_sim import Issuer
from saklar.network_sim.accounts import Card
from saklar.network_sim.configuration import IssuerConfiguration
from saklar.network_sim.simulation.acquirer import KINDS, Case, SimAcquirer
from saklar.switch.engine import Malformed
from saklar.switch.journal import Search, read_keys, search, waiting
from saklar.switch.links import Address, FramedStream, LinkConnection

SAKLAR = Path(sys.executable).parent / "saklar"
OPENING = 10_000_000
ZPK = "U1EF828AA8F6B80EB83E19FBC373F3A85"
PVK = "UE4D98C70C699D619FDE92B2D97140185"
"""Under the public test LMK."""
BIN = "400000"

CONFIGURATION = """
[switch]
drain_ms = 2000

[journal]
path = "{journal}"

{hsm}

[link.north]
role = "acquirer"
listen = "127.0.0.1:{north}"
dialect = "iso87-ascii"
timeout_ms = 1000
{north_key}

[link.south]
role = "acquirer"
listen = "127.0.0.1:{south}"
dialect = "iso87-binary"
timeout_ms = 1000

[link.bank]
role = "issuer"
connect = "127.0.0.1:{bank}"
dialect = "iso87-binary"
timeout_ms = 600
reconnect_min_ms = 20
reconnect_max_ms = 100
saf_retry_min_ms = 50
saf_retry_max_ms = 200
{bank_key}

[[route]]
issuer = "bank"
bins = ["400000"]
"""


class RealTime:
    """What a `SimAcquirer` lives in, when time is real."""

    def __init__(self, nursery, seed):
        self.rng = random.Random(seed)
        self._nursery = nursery
        self.lines = []
        self.promises = []

    def after(self, delay: float, action: Callable[[], None]) -> None:
        async def later():
            await trio.sleep(delay)
            action()

        self._nursery.start_soon(later)

    def true_time(self):
        return datetime.now(UTC)

    def strikes(self, _fault):
        return False

    def note(self, who, what):
        self.lines.append(f"{who} {what}")

    def broken(self, promise):
        self.promises.append(promise)


class RealWire:
    """A TCP connection of an acquirer."""

    def __init__(self, connection):
        self.connection = connection
        self.up = True

    def reply(self, payload):
        if self.up:
            self.connection.send(payload)

    def cut(self):
        self.connection.close("cut")


class RealPeer:
    """Dials the switch on behalf of an acquirer."""

    def __init__(self, nursery, dialect, framing, ports):
        self._nursery = nursery
        self._dialect = dialect
        self._framing = framing
        self._ports = ports
        self._dialling = False
        self._ready = None
        self.wires = []

    def connect(self, link, party):
        wire, self._ready = self._ready, None
        if wire is None and not self._dialling:
            self._dialling = True
            self._nursery.start_soon(self._dial, link, party)
        return wire

    async def _dial(self, link, party):
        try:
            stream = await trio.open_tcp_stream("127.0.0.1", self._ports[link])
        except OSError:
            self._dialling = False
            return
        framed = FramedStream(stream, self._framing)
        wire = RealWire(LinkConnection(1, link, framed, self._dialect, 1 << 20))
        self._ready = wire
        self.wires.append(wire)
        self._dialling = False

        def deliver(event):
            if isinstance(event, Malformed):
                assert isinstance(event.error, DecodeError)
            else:
                party.received(wire, event.message)

        await wire.connection.run(deliver)
        wire.up = False
        if self._ready is wire:
            self._ready = None
        party.lost(wire)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class LocalIssuer:
    """An issuer in this process."""

    port = 0

    async def start(self, nursery):
        listen = Address("127.0.0.1", self.port)
        self.issuer = Issuer(
            IssuerConfiguration(
                name="bank", dialect="iso87-binary", listen=listen, card=(), zpk=ZPK, pvk=PVK, hsm={"embedded": "test"}
            )
        )
        await nursery.start(self.issuer.run)

    def open_account(self, pan):
        self.issuer.accounts.cards[pan] = Card(pan, "3012", "0000", OPENING, OPENING)

    def moved(self, pan):
        return OPENING - self.issuer.accounts.cards[pan].balance

    def stop(self):
        pass


class IssuerProcess:
    """An issuer in a process of its own, which can be stopped and continued; its cards are all there from the start."""

    port = 0

    async def start(self, _nursery):
        program = Path(__file__).parent / "issuer_program.py"
        self.process = subprocess.Popen(
            [sys.executable, program, str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert await trio.to_thread.run_sync(self.process.stdout.readline) == "listening\n"

    def open_account(self, pan):
        pass

    def moved(self, pan):
        self.process.stdin.write(f"{pan}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class CardNetwork:
    """The parties around a switch that may be killed at any moment."""

    def __init__(self, nursery, folder, journal, seed, issuer=None):
        self._nursery = nursery
        self.folder = folder
        self.journal = journal
        self.world = RealTime(nursery, seed)
        north, south, bank = free_ports(3)
        self.ports = {"north": north, "south": south}
        self.process = None
        self.log = (folder / "switch.log").open("ab")
        self.count = 0
        self.issuer = issuer or LocalIssuer()
        self.issuer.port = bank
        self.bank = bank
        self.settings = folder / "switch.toml"
        self.write_settings()
        self.acquirers = []
        for name, dialect in (("north", "iso87-ascii"), ("south", "iso87-binary")):
            peer = RealPeer(nursery, load_dialect(dialect), framing("binary-2", 8192), self.ports)
            self.acquirers.append(
                SimAcquirer(self.world, name, load_dialect(dialect), peer, timeout_s=1.2, retry_s=0.3)
            )

    def write_settings(self, **more):
        text = {"hsm": "", "north_key": "", "bank_key": "", **more}
        self.settings.write_text(CONFIGURATION.format(journal=self.journal, bank=self.bank, **self.ports, **text))

    # The switch.

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "SAKLAR_LOG_FORMAT": "json"}
        self.process = subprocess.Popen(
            [SAKLAR, "run", "--trace", self.settings], cwd=self.folder, env=environment, stderr=self.log
        )

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=10)

    async def wait_connected(self):
        with trio.fail_after(15):
            while not all(acquirer._wire is not None and acquirer._wire.up for acquirer in self.acquirers):
                await trio.sleep(0.01)

    # The load.

    def customer(self, pin_block=None):
        rng = self.world.rng
        self.count += 1
        pan = f"{BIN}{self.count:010d}"
        self.issuer.open_account(pan)
        case = Case(self.count, rng.choice(KINDS), pan, rng.randrange(1_000, 90_000), pin_block)
        acquirer = self.acquirers[0] if pin_block is not None else rng.choice(self.acquirers)
        acquirer.add(case, 0.0)
        return case

    def purchase(self, pin_block=None):
        """A customer who buys, and does nothing else."""
        case = self.customer(pin_block)
        case.kind = "purchase"
        return case

    async def load(self, seconds, pace=0.01):
        """Customers come at random for so long."""
        end = trio.current_time() + seconds
        while trio.current_time() < end:
            self.customer()
            await trio.sleep(self.world.rng.expovariate(1 / pace))

    # The books.

    def disagreements(self):
        """Cases of which acquirer and issuer have different amounts, or of which something is open."""
        return [
            (case, self.issuer.moved(case.pan))
            for acquirer in self.acquirers
            for case in acquirer.cases
            if case.stage or self.issuer.moved(case.pan) != case.stands
        ]

    def left_over(self):
        """What the journal has not settled."""
        path = Path(self.folder / self.journal)
        keys = read_keys(path.with_name(f"{self.journal}.key"), load_lmk("test"))
        in_flight = [found.record.id for found in search(path, keys, Search(state="forwarding"))]
        return in_flight + [row["id"] for row in waiting(path, parked=False)]

    async def agrees(self, within_s=20):
        """Wait until the books agree and the journal is settled; what is wrong if they do not come to that."""
        with trio.move_on_after(within_s):
            while self.disagreements() or self.left_over():
                await trio.sleep(0.05)
        return self.disagreements(), self.left_over(), self.world.promises

    def forget(self):
        """Let go of cases that are settled."""
        for acquirer in self.acquirers:
            acquirer.cases.clear()
            acquirer._by_stan.clear()


@pytest.fixture
def issuer_process():
    return IssuerProcess()


@pytest.fixture
async def make_card_network(tmp_path, nursery):
    made = []

    async def make(folder=tmp_path, seed=1, issuer=None, **settings):
        network = CardNetwork(nursery, folder, "journal.db", seed, issuer)
        made.append(network)
        network.write_settings(**settings)
        await network.issuer.start(nursery)
        network.start()
        await network.wait_connected()
        return network

    yield make
    for network in made:
        if network.process is not None and network.process.poll() is None:
            network.process.kill()
            network.process.wait()
        network.issuer.stop()
        network.log.close()
