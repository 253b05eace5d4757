"""What a run is to do: groups of connections, what they send, and how fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saklar.bench.load.mix import CardTable, GroupTable, MessageTable, Mix, framing_of
from saklar.bench.load.request import SAMPLES, Prepared, Reversals, prepare, requests_of
from saklar.bench.load.tally import Tally
from saklar.codecs import Dialect, Framing, load_dialect
from saklar.switch.links import Address

DEFAULT_PAN = "4000000000000002"
"""A card of the demo's first issuer."""


@dataclass(frozen=True)
class Group:
    """Connections that speak alike.

    Attributes:
        target: where they go to.
        dialect, framing: that they speak.
        requests: what they send, with weights.
        connections: how many.
        weight: their share of an open loop.
        echoed: elements that answers repeat.
        sign_on: whether each sends a sign-on first.
    """

    target: Address
    dialect: Dialect
    framing: Framing
    requests: Sequence[tuple[Prepared | Reversals, float]]
    connections: int = 4
    weight: float = 1.0
    echoed: tuple[int, ...] = (2, 4)
    sign_on: bool = False


@dataclass(frozen=True)
class Plan:
    """What to do. Times in seconds.

    Attributes:
        groups: of connections.
        tallies: where their answers are counted.
        rate: requests a second, of all groups together; None for a closed loop.
        in_flight: in a closed loop, requests out on each connection.
        poisson: draw the times between requests, as independent customers come; else they are equal.
        duration_s, warmup_s: what is counted, and what goes before.
        interval_s: what is summed up in one piece, for plots and drifts.
        answer_timeout_s: a request without an answer by then is a fault, and in a closed loop its slot goes on.
        seed: of what is drawn.
    """

    groups: Sequence[Group]
    tallies: Sequence[Tally]
    rate: float | None = None
    in_flight: int = 50
    poisson: bool = True
    duration_s: float = 10.0
    warmup_s: float = 1.0
    interval_s: float = 1.0
    answer_timeout_s: float = 30.0
    seed: int = 1


def groups_of(mix: Mix, target: Address | None, dialect: str | None) -> tuple[list[Group], list[Tally]]:
    """The groups of a mix, and their tallies.

    Args:
        mix: what is sent.
        target: of groups that name none.
        dialect: likewise.

    Raises:
        ValueError: a group has no target or no dialect.
        CodecError: a message has no form in a group's dialect.
        HsmError: a PIN key cannot be used.
    """
    tallies: dict[str, Tally] = {}
    groups = []
    for number, table in enumerate(mix.group):
        spoken, where = table.dialect or dialect, table.target or target
        if spoken is None:
            raise ValueError(f"group.{number}.dialect: is required, as --dialect is not given")
        if where is None:
            raise ValueError(f"group.{number}.target: is required, as --target is not given")
        loaded, rule = load_dialect(spoken), framing_of(table, spoken)
        requests = requests_of(mix, table, loaded, rule, tallies)
        groups.append(
            Group(where, loaded, rule, requests, table.connections, table.weight, table.echoed, table.sign_on)
        )
    return groups, list(tallies.values())


def plain_mix(
    *, pan: str = DEFAULT_PAN, pin_key: Mapping[str, str] | None = None, connections: int = 4, framing: str = "binary-2"
) -> Mix:
    """One card and one message: a purchase of 1.00, with a PIN where there is a key (`zpk` or `tpk`) for it."""
    key = pin_key or {}
    return Mix(
        group=(GroupTable.model_validate({"connections": connections, "framing": framing, **key}),),
        card=(CardTable(pan=pan, pin="1234"),),
        message=(MessageTable(pin=bool(key)),),
    )


def one_message(
    message: Mapping[str, str], target: Address, dialect: Dialect, framing: Framing, connections: int
) -> tuple[list[Group], list[Tally]]:
    """A group that sends one message, which is given in its own dialect.

    Raises:
        CodecError: it has no form in the dialect.
    """
    tally = Tally(message["mti"])
    own = {str(number): sample for number, sample in SAMPLES.items() if number in dialect.elements}
    filled = dialect.message({**message, **own})
    return [Group(target, dialect, framing, [(prepare(filled, framing, (), tally), 1.0)], connections)], [tally]
