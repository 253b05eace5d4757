"""Targets on one core, the load and all that answers behind them on another."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from saklar.bench import proc
from saklar.bench.load.mix import Mix
from saklar.bench.load.plan import DEFAULT_PAN, plain_mix
from saklar.bench.load.validity import Usage
from saklar.bench.targets.behind import Behind, backstage
from saklar.bench.targets.process import free_port, running, saklar, wait_for
from saklar.hsm_sim import encrypt_under_lmk, load_lmk
from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.keys.clear_key import ClearKey
from saklar.switch.links import Address

ROUTES = 10_000
"""Ranges in the routing table of the switch that is measured."""

OURS = DEFAULT_PAN[:6]


def _key(start: int) -> str:
    """A ZPK under the test LMK, the same in every run."""
    clear = ClearKey(tdes.with_odd_parity(bytes(range(start, start + 16))))
    return encrypt_under_lmk(load_lmk("test"), "001", clear, "U")


@dataclass(frozen=True)
class Target:
    """What can be measured by name.

    Attributes:
        name: of it.
        about: it in words.
        baseline: the program of a relay; None for the switch.
        durability: of the switch's journal.
        dialect, issuer_dialect: of the load, and of the issuer.
        with_pin: whether each request has a PIN block, which an HSM in a process of its own translates.
        beside: the target that its figure is also a share of, as that does the same without what this is about.
    """

    name: str
    about: str
    baseline: str | None = None
    durability: str = "strict"
    dialect: str = "iso87-ascii"
    issuer_dialect: str = "iso87-ascii"
    with_pin: bool = False
    beside: str | None = None

    def mix(self, connections: int) -> Mix:
        """What is sent to it: one kind of purchase, which is approved."""
        mix = plain_mix(connections=connections, pin_key={"zpk": _key(1)} if self.with_pin else None)
        messages = tuple(message.model_copy(update={"expect": ("00",)}) for message in mix.message)
        return mix.model_copy(update={"message": messages})


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("strict", "the switch, each intent and outcome durable before what depends on it leaves"),
        Target("relaxed", "the switch, not waiting for the disk", durability="relaxed"),
        Target("pin", "strict, with a PIN in each request and an HSM over TCP", with_pin=True, beside="strict"),
        Target("translate", "strict, from ASCII to BCD and back", issuer_dialect="iso87-binary", beside="strict"),
        Target("raw", "a relay that matches DE 11 at an offset and parses nothing", baseline="raw"),
        Target("naive", "a relay that decodes and encodes all with pyiso8583", baseline="naive"),
    )
}
"""By name."""

_CONFIGURATION = """
[journal]
path = "bench.db"
durability = "{durability}"

[switch]
routes_file = "routes.csv"
{hsm}
[link.load]
role = "acquirer"
listen = "127.0.0.1:{listen}"
dialect = "{dialect}"
max_in_flight = 100000
max_connections = 10000
{load_key}
[link.issuer]
role = "issuer"
connect = "127.0.0.1:{issuer}"
dialect = "{issuer_dialect}"
sign_on = false
echo_interval_ms = 0
max_in_flight = 100000
{issuer_key}
"""


@dataclass(frozen=True)
class Running:
    """A target that runs.

    Attributes:
        address: where it listens.
        pid: of its process; None where it is not known.
        core: that it runs on; None where it may be anywhere.
        servers: processes that answer behind it, by name.
        load_core: that they and the load run on; None likewise.
    """

    address: Address
    pid: int | None = None
    core: int | None = None
    servers: Mapping[str, int] = field(default_factory=dict)
    load_core: int | None = None

    @property
    def rss_bytes(self) -> int | None:
        """Memory that it holds; None where its process is not known, or has ended."""
        try:
            return None if self.pid is None else proc.rss_bytes(self.pid)
        except OSError:
            return None

    @property
    def usage(self) -> Usage:
        """For a generator: who serves its load."""
        return Usage(self.servers, self.load_core, None if self.pid is None else (self.pid, self.core))


@contextmanager
def arena(target: Target, *, python: str = sys.executable) -> Iterator[Running]:
    """A target with an issuer behind it, until the block ends; this process moves to the other core.

    Args:
        target: which.
        python: that has the switch; baselines, issuer and HSM are always of this one.

    Raises:
        OSError: something did not start.
    """
    with backstage() as behind:
        issuer = behind.issuer(target.issuer_dialect if target.baseline is None else target.dialect)
        hsm = behind.hsm() if target.with_pin else None
        listen = free_port()
        command = _command(target, python, behind.folder, listen, issuer, hsm)
        yield started(command, behind, listen, target.name)


def started(command: list[str], behind: Behind, listen: int, name: str) -> Running:
    """What is to be measured, when it listens on its port.

    Raises:
        OSError: it does not start.
    """
    process = behind.stack.enter_context(running(command, behind.folder, behind.target_core))
    wait_for(listen, process, name)
    return Running(Address("127.0.0.1", listen), process.pid, behind.target_core, behind.servers, behind.core)


def _command(target: Target, python: str, folder: Path, listen: int, issuer: int, hsm: int | None) -> list[str]:
    if target.baseline is not None:
        return [sys.executable, "-m", f"saklar.bench.baselines.{target.baseline}", str(listen), str(issuer)]
    text = _CONFIGURATION.format(
        durability=target.durability,
        listen=listen,
        issuer=issuer,
        dialect=target.dialect,
        issuer_dialect=target.issuer_dialect,
        hsm=f'\n[hsm]\nconnect = "127.0.0.1:{hsm}"\n' if hsm is not None else "",
        load_key=f'zpk = "{_key(1)}"' if target.with_pin else "",
        issuer_key=f'zpk = "{_key(33)}"' if target.with_pin else "",
    )
    (folder / "switch.toml").write_text(text)
    others = [f"{500_000 + number:06d},issuer" for number in range(ROUTES - 1)]
    (folder / "routes.csv").write_text("\n".join(["bin,issuers", f"{OURS},issuer", *others]) + "\n")
    return saklar("run", str(folder / "switch.toml"), python=python)
