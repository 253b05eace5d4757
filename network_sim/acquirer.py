"""A simulated acquirer: one connection to a switch, many requests in flight."""

from collections import Counter

import structlog
import trio

from saklar.codecs import Message, load_dialect, mask_pan, network_code, response_code
from saklar.codecs.mti import is_request, message_class
from saklar.network_sim.configuration import AcquirerConfiguration
from saklar.network_sim.terminal import SIGN_ON, Fleet
from saklar.switch.engine import Malformed, Received
from saklar.switch.engine.messages import answer_to
from saklar.switch.links import FramedStream, LinkConnection

log = structlog.get_logger()

MAX_OUTBOX = 1 << 20
FRAME_TIMEOUT_S = 10.0
NETWORK_MANAGEMENT = "8"

Key = tuple[str, str, str]


class NoAnswer(Exception):
    """No answer came in time, or the connection ended before one did."""


class Acquirer:
    """An acquirer; `run` keeps its connection, `request` uses it.

    Args:
        configuration: where it connects, and who it is.
    """

    def __init__(self, configuration: AcquirerConfiguration) -> None:
        self.configuration = configuration
        self.fleet = Fleet(configuration)
        self.counters: Counter[str] = Counter()
        self._dialect = load_dialect(configuration.dialect)
        self._connection: LinkConnection | None = None
        self._waiting: dict[Key, tuple[trio.Event, list[Message]]] = {}

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Connect, sign on if it is to, and carry answers until the connection ends.

        Raises:
            OSError: the switch cannot be reached.
            NoAnswer: it did not answer the sign-on, or refused it.
        """
        host, port = self.configuration.connect
        stream = await trio.open_tcp_stream(host, port)
        framed = FramedStream(stream, self.configuration.framing_rule, frame_timeout_s=FRAME_TIMEOUT_S)
        connection = LinkConnection(1, self.configuration.name, framed, self._dialect, MAX_OUTBOX)
        log.info("acquirer.connected", acquirer=self.configuration.name, peer=str(self.configuration.connect))
        async with trio.open_nursery() as nursery:
            self._connection = connection
            nursery.start_soon(self._carry, connection)
            if self.configuration.sign_on:
                await self._sign_on()
            task_status.started()

    async def request(self, message: Message, *, timeout_s: float | None = None) -> Message:
        """Send a message and return its answer.

        Raises:
            NoAnswer: none came within `timeout_s` (by default the configured time-out).
            ValueError: a request with the same STAN and terminal is still out.
            EncodeError: the message has no form in the dialect.
        """
        key = _key(message)
        if key in self._waiting:
            raise ValueError(f"STAN {key[1]} is in flight")
        if self._connection is None:
            raise NoAnswer("not connected")
        payload = bytes(message)
        answered, answers = self._waiting[key] = (trio.Event(), [])
        try:
            self._connection.send(payload)
            limit = self.configuration.timeout_ms / 1000 if timeout_s is None else timeout_s
            with trio.move_on_after(limit):
                await answered.wait()
        finally:
            del self._waiting[key]
        if not answers:
            raise NoAnswer(f"no answer to {message.mti} with STAN {key[1]}")
        return answers[0]

    async def _sign_on(self) -> None:
        answer = await self.request(self.fleet.network(SIGN_ON))
        code = response_code(answer)
        if code != "00":
            raise NoAnswer(f"the sign-on was refused with {code}")

    async def _carry(self, connection: LinkConnection) -> None:
        reason = await connection.run(self._deliver)
        self._connection = None
        for answered, _ in self._waiting.values():
            answered.set()
        log.info("acquirer.disconnected", acquirer=self.configuration.name, reason=reason)

    def _deliver(self, event: Received | Malformed) -> None:
        if isinstance(event, Malformed):
            self.counters["malformed"] += 1
            log.warning("acquirer.malformed", field=event.error.field, reason=event.error.message)
        elif is_request(event.message.mti):
            self._answer(event.message)
        else:
            self._settle(event.message)

    def _answer(self, request: Message) -> None:
        assert self._connection is not None
        code = "00" if message_class(request.mti) == NETWORK_MANAGEMENT else "12"
        self._connection.send(bytes(answer_to(request, code)))

    def _settle(self, answer: Message) -> None:
        waiting = self._waiting.get(_key(answer))
        if waiting is None or waiting[1]:
            self.counters["unmatched"] += 1
            log.warning("acquirer.unmatched_answer", mti=answer.mti, stan=answer.get(11))
            return
        waiting[1].append(answer)
        waiting[0].set()
        log.debug(
            "acquirer.answered",
            acquirer=self.configuration.name,
            mti=answer.mti,
            stan=answer.get(11),
            rrn=answer.get(37),
            pan=mask_pan(answer.get(2) or ""),
            rc=response_code(answer),
        )


def _key(message: Message) -> Key:
    """What an answer and its request have in common: class, STAN, terminal (or what a network message is about)."""
    class_ = message_class(message.mti)
    other = network_code(message) if class_ == NETWORK_MANAGEMENT else message.get(41)
    return class_, message.get(11) or "", other or ""
