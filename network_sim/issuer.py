"""A simulated issuer: it listens, checks PINs with its HSM, keeps accounts, and misbehaves when asked to."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
import trio

from saklar.codecs import DecodeError, Message, load_dialect, mask_pan, response_code
from saklar.codecs.mti import is_request, message_class
from saklar.hsm_sim import HsmClient, HsmUnavailable, build_command, pan12, parse_response
from saklar.network_sim.accounts import Accounts, approval_codes
from saklar.network_sim.booking import ADVICE, AUTHORISATIONS, book
from saklar.network_sim.configuration import IssuerConfiguration
from saklar.switch.engine import Malformed, Received
from saklar.switch.engine.messages import answer_to, pan_of
from saklar.switch.hsm import make_client
from saklar.switch.links import Address, FramedStream, LinkConnection

log = structlog.get_logger()

MAX_OUTBOX = 1 << 20
MAX_WAITING = 1_000
"""Requests of one connection that may wait for a PIN check or a late answer; one more gets 91 at once, or nothing."""

FRAME_TIMEOUT_S = 10.0

NORMAL, PIN_REQUIRED, TWICE, DISCONNECT, LATE, SILENT = "00", "65", "66", "67", "68", "69"
"""What the last two digits of an amount mean, besides being the response code (see docs/simulators.md)."""

_DECIDED_BY_THE_RULES = frozenset({NORMAL, TWICE, DISCONNECT, LATE, SILENT})
"""With these the cents say how to answer, not what."""

NETWORK_MANAGEMENT = "8"


class PinCheckFailed(Exception):
    """The HSM could not say whether the PIN is right."""


class Issuer:
    """An issuer; `run` serves it.

    Args:
        configuration: its cards, keys and habits.
        clock: the current UTC time, against which cards expire.
    """

    def __init__(
        self, configuration: IssuerConfiguration, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._configuration = configuration
        self._clock = clock
        self._dialect = load_dialect(configuration.dialect)
        self._hsm: HsmClient | None = None
        self._connections = 0
        self.accounts = Accounts((card.opened() for card in configuration.card), approval_codes())

    async def run(self, *, task_status: trio.TaskStatus[Address] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen until cancelled. Reports the address that it listens on.

        Raises:
            OSError: the address cannot be listened on.
        """
        host, port = self._configuration.listen
        listeners = await trio.open_tcp_listeners(port, host=host)
        async with trio.open_nursery() as nursery:
            await self._start_hsm(nursery)
            address = Address(*listeners[0].socket.getsockname()[:2])
            log.info("issuer.listening", issuer=self._configuration.name, address=str(address))
            task_status.started(address)
            await trio.serve_listeners(self.serve, listeners)

    async def _start_hsm(self, nursery: trio.Nursery) -> None:
        table = self._configuration.hsm
        if table is None:
            return
        self._hsm = make_client(table, nursery)
        nursery.start_soon(self._hsm.run)
        # The first PIN must not fail for coming before the connection; without an HSM all but PINs still works.
        with trio.move_on_after(table.timeout_ms / 1000):
            await self._hsm.wait_connected()

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Answer one connection until it ends."""
        self._connections += 1
        framed = FramedStream(stream, self._configuration.framing_rule, frame_timeout_s=FRAME_TIMEOUT_S)
        name = self._configuration.name
        connection = LinkConnection(self._connections, name, framed, self._dialect, MAX_OUTBOX)
        log.info("issuer.connected", issuer=name, connection=connection.number)
        async with trio.open_nursery() as nursery:
            session = _Session(self, connection, nursery)
            reason = await connection.run(session.deliver)
            nursery.cancel_scope.cancel()
        log.info("issuer.disconnected", issuer=name, connection=connection.number, reason=reason)

    def habit(self, request: Message) -> str:
        """What the cents of the amount ask for; `NORMAL` where they are to mean nothing."""
        cents = (request.get(4) or "")[-2:]
        if not self._configuration.cents or message_class(request.mti) not in AUTHORISATIONS or not cents:
            return NORMAL
        if request.mti[2] == ADVICE:
            return NORMAL  # it tells what is done, and cannot be declined
        return NORMAL if cents == PIN_REQUIRED and 52 in request else cents

    @property
    def late_answer_s(self) -> float:
        """How long a late answer takes."""
        return self._configuration.late_answer_ms / 1000

    async def decide(self, request: Message) -> Message:
        """The answer to a request or a reversal, after its PIN is checked."""
        try:
            pin_is_right = await self._check_pin(request)
        except PinCheckFailed as error:
            log.warning("issuer.pin_check_failed", issuer=self._configuration.name, reason=str(error))
            return answer_to(request, "96")
        return self.book(request, pin_is_right)

    def book(self, request: Message, pin_is_right: bool | None) -> Message:  # noqa: FBT001 (three-valued)
        """The answer to a request whose PIN was right, wrong, or not given (None)."""
        habit = self.habit(request)
        wanted = NORMAL if habit in _DECIDED_BY_THE_RULES else habit
        return book(self.accounts, request, self._clock().strftime("%y%m"), pin_is_right, wanted)

    async def _check_pin(self, request: Message) -> bool | None:
        card = self.accounts.cards.get(pan_of(request) or "")
        if 52 not in request or card is None:
            return None
        zpk, pvk, table = self._configuration.zpk, self._configuration.pvk, self._configuration.hsm
        if self._hsm is None or table is None or zpk is None or pvk is None:
            raise PinCheckFailed("no keys or no HSM to check a PIN with")
        try:
            command = build_command(
                "EC",
                zpk=zpk,
                pvk=pvk,
                pin_block=request[52],
                pin_block_format=self._configuration.pin_block_format,
                account_number=pan12(card.pan),
                pvki=card.pvki,
                pvv=card.pvv,
            )
            with trio.fail_after(table.timeout_ms / 1000):
                response = parse_response("EC", await self._hsm.call(command))
        except trio.TooSlowError:
            raise PinCheckFailed("the HSM does not answer") from None
        except (ValueError, HsmUnavailable) as error:
            raise PinCheckFailed(str(error)) from None
        if response.error not in ("00", "01"):
            raise PinCheckFailed(f"HSM error {response.error}")
        return response.ok


class _Session:
    """One connection of an issuer: answers at once what it can, the rest when it is decided."""

    def __init__(self, issuer: Issuer, connection: LinkConnection, nursery: trio.Nursery) -> None:
        self._issuer = issuer
        self._connection = connection
        self._nursery = nursery
        self._waiting = 0

    def deliver(self, event: Received | Malformed) -> None:
        """Take what came, in the order in which it came: only a PIN check lets later messages overtake."""
        if isinstance(event, Malformed):
            self._refuse(event.error)
            return
        request = event.message
        if not is_request(request.mti):
            log.debug("issuer.ignored", mti=request.mti, stan=request.get(11))
        elif message_class(request.mti) == NETWORK_MANAGEMENT:
            self._send(answer_to(request, "00"))
        elif 52 not in request:
            self._give(request, self._issuer.book(request, None))
        elif self._waiting >= MAX_WAITING:
            self._send(answer_to(request, "91"))
        else:
            self._start(self._check_and_give, request)

    def _refuse(self, error: DecodeError) -> None:
        log.warning("issuer.malformed", field=error.field, reason=error.message)
        if is_request(error.partial.mti):
            self._send(answer_to(error.partial, "30"))

    async def _check_and_give(self, request: Message) -> None:
        self._give(request, await self._issuer.decide(request))

    def _give(self, request: Message, answer: Message) -> None:
        """Give the answer as the cents ask for: as it should be, twice, late, not at all, or hang up."""
        habit = self._issuer.habit(request)
        if habit == DISCONNECT:
            self._connection.close("the amount asked for it")
        elif habit == LATE and self._waiting < MAX_WAITING:
            self._start(self._send_late, answer)
        elif habit not in (SILENT, LATE):
            for _ in range(2 if habit == TWICE else 1):
                self._send(answer)

    async def _send_late(self, answer: Message) -> None:
        await trio.sleep(self._issuer.late_answer_s)
        self._send(answer)

    def _start(self, task: Callable[[Message], Awaitable[None]], message: Message) -> None:
        async def counted() -> None:
            try:
                await task(message)
            finally:
                self._waiting -= 1

        self._waiting += 1
        self._nursery.start_soon(counted)

    def _send(self, answer: Message) -> None:
        self._connection.send(bytes(answer))
        log.debug(
            "issuer.answered",
            issuer=self._connection.link,
            mti=answer.mti,
            stan=answer.get(11),
            rrn=answer.get(37),
            pan=mask_pan(answer.get(2) or ""),
            rc=response_code(answer),
        )
