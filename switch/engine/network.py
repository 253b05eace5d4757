"""Network management (08xx): sign-on, sign-off and echo, asked of us and by us."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from saklar.codecs import Message, convert, load_dialect, network_code, response_code
from saklar.codecs.mti import is_request
from saklar.switch.engine.effects import Close, Effect, Note, Send
from saklar.switch.engine.messages import answer_to
from saklar.switch.engine.model import Connection
from saklar.switch.engine.stans import Stans
from saklar.switch.engine.timers import Timers

SIGN_ON, SIGN_OFF, ECHO = "001", "002", "301"
"""Network management information codes (ISO 8583-1:1987, data element 70)."""

NAMES = {SIGN_ON: "sign-on", SIGN_OFF: "sign-off", ECHO: "echo"}


@dataclass(frozen=True, slots=True)
class _Asked:
    connection: Connection
    code: str


class NetworkManagement:
    """Who is signed on. Asks issuers to sign on, and for echoes; answers what peers ask.

    Args:
        emit: takes each effect.
        timers: where time limits and the next echo are noted.
        stans: numbers for our own requests.
        wall_clock: the current UTC time, for DE 7.
        signed_on: told of a connection that may carry requests from now on, and the time.
    """

    def __init__(
        self,
        emit: Callable[[Effect], None],
        timers: Timers,
        stans: Stans,
        wall_clock: Callable[[], datetime],
        signed_on: Callable[[Connection, float], None],
    ) -> None:
        self._emit = emit
        self._timers = timers
        self._stans = stans
        self._wall_clock = wall_clock
        self._signed_on = signed_on
        self._asked: dict[tuple[int, str], _Asked] = {}

    @property
    def signing_off(self) -> int:
        """Sign-offs of ours that have had no answer yet."""
        return sum(asked.code == SIGN_OFF for asked in self._asked.values())

    def connected(self, connection: Connection, now: float) -> None:
        """Begin with a new connection: an issuer's is signed on if its link says so."""
        link = connection.link
        if link.role != "issuer":
            return
        if link.sign_on:
            self._ask(connection, SIGN_ON, now)
        self._plan_echo(connection, now)

    def disconnected(self, connection: Connection) -> None:
        """Forget what was asked on a connection that is gone."""
        connection.signed_on = False
        for key in [key for key in self._asked if key[0] == connection.number]:
            del self._asked[key]

    def sign_off(self, connection: Connection, now: float) -> None:
        """Tell an issuer that we leave."""
        if connection.signed_on and connection.link.role == "issuer" and connection.link.sign_on:
            connection.signed_on = False
            self._ask(connection, SIGN_OFF, now)

    def received(self, connection: Connection, message: Message, now: float) -> None:
        """An 08xx message: answer it, or match it to what we asked."""
        if is_request(message.mti):
            self._answer(connection, message, now)
        else:
            self._settle(connection, message, now)

    def _answer(self, connection: Connection, message: Message, now: float) -> None:
        code = network_code(message)
        if code == SIGN_ON:
            connection.signed_on = True
            self._signed_on(connection, now)
        elif code == SIGN_OFF:
            connection.signed_on = False
        known = code in NAMES
        self._emit(Send(connection.number, bytes(answer_to(message, "00" if known else "12"))))
        self._note(connection, "link.network_answered" if known else "link.network_refused", code)

    def _settle(self, connection: Connection, answer: Message, now: float) -> None:
        asked = self._asked.pop((connection.number, answer.get(11) or ""), None)
        if asked is None:
            self._note(connection, "answer.unmatched", network_code(answer), stan=answer.get(11))
            return
        code = response_code(answer)
        if asked.code == SIGN_ON:
            connection.signed_on = code == "00"
            self._note(connection, "link.signed_on" if connection.signed_on else "link.sign_on_refused", code)
            if not connection.signed_on:
                self._emit(Close(connection.number, f"sign-on refused with {code}"))
            else:
                self._signed_on(connection, now)

    def _ask(self, connection: Connection, code: str, now: float) -> None:
        link = connection.link
        taken = {stan for number, stan in self._asked if number == connection.number}
        stan = self._stans.take(taken)
        asked = self._asked[connection.number, stan] = _Asked(connection, code)
        moment = self._wall_clock().strftime("%m%d%H%M%S")
        # Written in 1987 terms; the link's dialect may say it otherwise (DE 24 in 1993).
        request = _TERMS.message({"mti": "0800", "7": moment, "11": stan, "70": code})
        self._emit(Send(connection.number, bytes(convert(request, link.dialect))))
        self._timers.at(now + link.timeout_s, lambda _: self._expire(connection.number, stan, asked))

    def _expire(self, number: int, stan: str, asked: _Asked) -> None:
        if self._asked.get((number, stan)) is asked:
            del self._asked[number, stan]
            self._emit(Close(number, f"no answer to {NAMES[asked.code]}"))

    def _plan_echo(self, connection: Connection, now: float) -> None:
        if connection.link.echo_interval_s > 0:
            self._timers.at(now + connection.link.echo_interval_s, lambda now: self._echo(connection, now))

    def _echo(self, connection: Connection, now: float) -> None:
        if connection.up:
            self._ask(connection, ECHO, now)
            self._plan_echo(connection, now)

    def _note(self, connection: Connection, event: str, code: str | None, **more: object) -> None:
        fields = {"link": connection.link.name, "connection": connection.number, "code": code, **more}
        self._emit(Note("info", event, fields))


_TERMS = load_dialect("iso87-ascii")
