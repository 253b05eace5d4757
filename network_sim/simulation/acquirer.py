"""An acquirer that does as the standard asks: what is not answered in time it repeats or reverses, until it knows."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from saklar.codecs import DecodeError, Dialect, Message, convert, load_dialect, response_code
from saklar.switch.engine.model import APPROVALS

TIMEOUT_S = 31.0
RETRY_S = 5.0
FORMAT_ERROR = "30"


class Surroundings(Protocol):
    """What an acquirer lives in: simulated time, or the real one."""

    rng: random.Random

    def after(self, delay: float, action: Callable[[], None]) -> None:
        """Have `action()` called after so many seconds."""

    def true_time(self) -> datetime:
        """UTC."""

    def strikes(self, fault: str) -> bool:
        """Whether this fault happens now."""

    def note(self, who: str, what: str) -> None:
        """A line of the trace."""

    def broken(self, promise: str) -> None:
        """A promise is broken."""


class Connection(Protocol):
    """To the switch."""

    up: bool

    def reply(self, payload: bytes) -> None:
        """Send a message."""

    def cut(self) -> None:
        """Break it."""


class Peer(Protocol):
    """Whom an acquirer dials."""

    def connect(self, link: str, party: "SimAcquirer") -> Connection | None:
        """A connection, or None if nobody listens."""


Kind = Literal["purchase", "cancelled", "cut short", "advice", "completed"]
KINDS: tuple[Kind, ...] = ("purchase", "purchase", "cancelled", "cut short", "advice", "completed")


@dataclass
class Case:
    """One customer at one terminal.

    `stands` is what the acquirer's books have of it, in minor units; `stage` is what it is at: "asking" (a request is
    out), "reversing", "shortening" (a part is being reversed), "advising", or "" where nothing is open.
    """

    number: int
    kind: Kind
    pan: str
    amount: int
    pin_block: str | None
    began_at: str = ""
    stage: str = ""
    stands: int = 0
    answer: str | None = None
    attempt: int = 0
    message: Message | None = field(default=None, repr=False)

    def stan(self, step: int) -> str:
        """Its own for each step: asking 0, reversing 1, shortening 2, advising 3."""
        return f"{self.number * 10 + step + 1:06d}"


class SimAcquirer:
    """One acquirer; its books outlive its crashes.

    Args:
        world: time and faults.
        name: of its link.
        dialect: of its messages.
        switch: whom it dials.
        timeout_s: after which it repeats or reverses.
        retry_s: before it sends again what was refused.
    """

    def __init__(
        self,
        world: Surroundings,
        name: str,
        dialect: Dialect,
        switch: Peer,
        *,
        timeout_s: float = TIMEOUT_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._world = world
        self.name = name
        self._dialect = dialect
        self._switch = switch
        self._wire: Connection | None = None
        self._by_stan: dict[str, Case] = {}
        self.cases: list[Case] = []
        world.after(0.0, self._connect)

    def add(self, case: Case, at: float) -> None:
        """A customer comes."""
        self.cases.append(case)
        self._by_stan |= {case.stan(step): case for step in range(4)}
        self._world.after(at, lambda: self._advise(case) if case.kind == "advice" else self._ask(case))

    @property
    def is_settled(self) -> bool:
        """Whether it knows of every case."""
        return all(case.began_at and not case.stage for case in self.cases)

    # The connection.

    def _connect(self) -> None:
        self._wire = self._switch.connect(self.name, self)
        if self._wire is None:
            self._world.after(self._world.rng.uniform(0.02, 0.4) * self._retry_s, self._connect)

    def lost(self, wire: Connection) -> None:
        """The connection is gone: dial again."""
        if wire is self._wire:
            self._wire = None
            self._world.after(self._world.rng.uniform(0.002, 0.4) * self._retry_s, self._connect)

    def malformed(self, wire: Connection, error: DecodeError) -> None:
        """What cannot be read is no answer."""

    # What it sends.

    def _ask(self, case: Case) -> None:
        case.began_at = self._time()
        self._say(case, "asking", self._message(case, "0100" if case.kind == "completed" else "0200", 0, case.amount))

    def _reverse(self, case: Case) -> None:
        self._say(case, "reversing", self._message(case, "0400", 1, case.amount, e90=self._original(case)))

    def _shorten(self, case: Case) -> None:
        stands = f"{case.amount // 2:012d}{'0' * 30}"
        message = self._message(case, "0400", 2, case.amount, e90=self._original(case), e95=stands)
        self._say(case, "shortening", message)

    def _advise(self, case: Case) -> None:
        more = {"e90": self._original(case)} if case.began_at else {}
        case.began_at = case.began_at or self._time()
        self._say(case, "advising", self._message(case, "0220", 3, case.amount // 2, **more))

    def _say(self, case: Case, stage: str, message: Message) -> None:
        case.stage, case.message = stage, message
        self._send(case)

    def _send(self, case: Case) -> None:
        assert case.message is not None
        case.attempt += 1
        attempt = case.attempt
        self._world.note(self.name, f"sends {case.message.mti} {case.message[11]} of case {case.number}")
        if self._wire is not None and self._wire.up:
            self._wire.reply(bytes(case.message))
        self._world.after(self._timeout_s, lambda: self._unanswered(case, attempt))

    def _send_again(self, case: Case) -> None:
        assert case.message is not None
        case.message.mti = f"{case.message.mti[:3]}1"
        self._send(case)

    def _unanswered(self, case: Case, attempt: int) -> None:
        if not case.stage or case.attempt != attempt:
            return
        # A request is repeated now and then, and reversed in the end; what else there is must be answered.
        if case.stage == "asking" and self._world.rng.random() < 0.6:
            self._reverse(case)
        else:
            self._send_again(case)

    # What it gets.

    def received(self, wire: Connection, message: Message) -> None:
        """An answer."""
        if self._world.strikes("acquirer_crashes"):
            self._world.note(self.name, "crashes")
            wire.cut()
            return
        stan, code = message.get(11) or "", response_code(message)
        case = self._by_stan.get(stan)
        if case is None or case.message is None or code is None:
            return
        step = int(stan) - case.number * 10 - 1
        self._world.note(self.name, f"gets {message.mti} {stan} {code} for case {case.number}")
        if step == 0:
            if code in APPROVALS and message.get(4) != f"{case.amount:012d}":
                self._world.broken(f"case {case.number}: the approval is not of its amount")
            self._answered(case, code)
        elif case.message[11] == stan and case.stage:
            self._accepted(case, code)

    def _answered(self, case: Case, code: str) -> None:
        approved = code in APPROVALS
        if case.stage != "asking":
            if approved and case.answer is not None and case.answer not in APPROVALS and not case.stage:
                self._reverse(case)  # it was told the contrary before
            return
        case.stage, case.answer = "", code
        if code == FORMAT_ERROR:
            self._reverse(case)  # of this copy; nothing is known of one that was sent before
            return
        if not approved:
            return
        case.stands = case.amount
        later = {"cancelled": self._reverse, "cut short": self._shorten, "completed": self._advise}.get(case.kind)
        if later is not None:
            case.stage = "later"
            self._world.after(self._world.rng.uniform(0.002, 4.0) * self._retry_s, lambda: later(case))

    def _accepted(self, case: Case, code: str) -> None:
        if code not in ("00", "25") or (code == "25" and case.stage != "reversing"):
            attempt = case.attempt
            self._world.after(self._retry_s, lambda: self._send_again(case) if case.attempt == attempt else None)
            return
        stands = {"reversing": 0, "shortening": case.amount // 2, "advising": case.amount // 2}
        case.stands = stands[case.stage]
        case.stage = ""

    # Messages.

    def _time(self) -> str:
        return f"{self._world.true_time():%m%d%H%M%S}"

    def _original(self, case: Case) -> str:
        mti = "0100" if case.kind == "completed" else "0200"
        return f"{mti}{case.stan(0)}{case.began_at}{'100001':0>11}{'':0>11}"

    def _message(self, case: Case, mti: str, step: int, amount: int, **more: str) -> Message:
        fields: dict[str | int, str] = {
            "mti": mti,
            2: case.pan,
            3: "000000",
            4: f"{amount:012d}",
            7: case.began_at if step == 0 else self._time(),
            11: case.stan(step),
            12: case.began_at[4:],
            13: case.began_at[:4],
            22: "051",
            25: "00",
            32: "100001",
            37: f"63271{case.number:07d}",
            41: f"TERM{case.number % 7:04d}",
            42: "MERCHANT0000001",
            49: "360",
        }
        if case.pin_block is not None and step == 0:
            fields[52] = case.pin_block
        fields |= {int(name[1:]): value for name, value in more.items()}
        return convert(_TERMS.message(fields), self._dialect, today=self._world.true_time().date())


_TERMS = load_dialect("iso87-ascii")
"""Messages are made in 1987 terms, and restated where the acquirer's dialect is of another edition."""
