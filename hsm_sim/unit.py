"""The HSM without its socket: a command in, its response out."""

from collections.abc import Callable, Mapping
from datetime import datetime

from saklar.hsm_sim.command import MAX_TRAILER, TRAILER, Command, HsmResponse, Unit, read_response, response_code
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.errors import ErrorCode, HsmError, HsmWarning
from saklar.hsm_sim.keys.lmk import KeyBlockLmk, Lmk, LmkError
from saklar.hsm_sim.layout import Values, write_all
from saklar.hsm_sim.security import SAFE, Attempts, Security, check_request
from saklar.hsm_sim.state import State, utc_now

FIRMWARE = "0001-E000"
"""What NC reports in place of a payShield's firmware number."""

DEFAULT_LMK = "00"
"""Identifier of the LMK of requests that name none."""

_PIN_BLOCKS = ("pin_block", "source_pin_block")


class Hsm:
    """A software HSM. It holds LMKs and nothing else; every other key comes with the command, under an LMK.

    Args:
        lmk: the LMK, or several by identifier: two digits, of which 00 must be there.
        security: what it refuses to do.
        authorised: whether it starts in the authorised state, until RA.
        clock: the time of day, for reports.
        old_lmk: the LMK that was 00 before, for the commands that bring keys and PINs from under it.

    Raises:
        LmkError: there is no LMK 00, or a key-block LMK is there under another identifier than its own.
    """

    def __init__(
        self,
        lmk: Lmk | Mapping[str, Lmk],
        security: Security = SAFE,
        *,
        authorised: bool = False,
        old_lmk: Lmk | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        lmks = lmk if isinstance(lmk, Mapping) else {DEFAULT_LMK: lmk}
        _check_identifiers(lmks)
        state = self._state = State(authorised, lmks, clock=clock)
        self._units = {
            identifier: Unit(
                each,
                FIRMWARE,
                security=security,
                state=state,
                perform=self._perform_text,
                old_lmk=old_lmk if identifier == DEFAULT_LMK else None,
            )
            for identifier, each in lmks.items()
        }
        self._security = security
        self._attempts = Attempts(security.attempts_per_pin_block) if security.attempts_per_pin_block else None

    def __repr__(self) -> str:
        return f"<Hsm {', '.join(f'{identifier}: {lmk!r}' for identifier, lmk in self.lmks.items())}>"

    @property
    def lmks(self) -> Mapping[str, Lmk]:
        """The LMKs by identifier."""
        return {identifier: unit.lmk for identifier, unit in self._units.items()}

    @property
    def counters(self) -> Counters:
        """What it has done."""
        return self._state.counters

    @property
    def lmk(self) -> Lmk:
        """The LMK of requests that name none."""
        return self._units[DEFAULT_LMK].lmk

    def take_key_pair(self, bits: int, private_key: bytes) -> None:
        """Keep an RSA private key of that length for the next EI, which would else make one while everybody waits."""
        self._state.key_pairs[bits] = private_key

    def execute(self, command: bytes) -> bytes:
        """Answer a command (code, body and trailer, without message header). Any bytes get an answer."""
        text = command.decode("latin-1")
        code, body = text[:2], text[2:]
        answer, trailer = self._answer(COMMANDS.get(code), body)
        return f"{_reply_code(code)}{answer}{trailer}".encode("latin-1")

    def _answer(self, command: Command | None, body: str) -> tuple[str, str]:
        """Error code and fields, and the trailer with its mark."""
        trailer = None
        try:
            if command is None or command.code in self._security.disabled_commands:
                raise HsmError(ErrorCode.COMMAND_DISABLED, "unknown or disabled command")
            request = command.read_request(body)
            trailer = TRAILER + request["trailer"] if "trailer" in request else ""
            self._check_allowed(request)
            return ErrorCode.OK + self._perform(command, request), trailer
        except HsmWarning as warning:
            assert command is not None
            return warning.code + write_all(command.response, warning.values), trailer or ""
        except HsmError as error:
            return error.code, _guessed_trailer(body) if trailer is None else trailer

    def _perform_text(self, command: str) -> str:
        return self.execute(command.encode("latin-1")).decode("latin-1")

    def _check_allowed(self, request: Values) -> None:
        check_request(self._security, request)
        if self._attempts is None:
            return
        for name in _PIN_BLOCKS:
            if name in request and not self._attempts.admit(request[name], request):
                raise HsmError(ErrorCode.FRAUD_DETECTED, f"{name}: too many different requests on the same block")

    def _perform(self, command: Command, request: Values) -> str:
        unit = self._units.get(request.get("lmk_identifier", DEFAULT_LMK))
        if unit is None:
            raise HsmError(ErrorCode.LMK_IDENTIFIER, "there is no LMK of that identifier")
        return write_all(command.response, command.execute(unit, request))


def _check_identifiers(lmks: Mapping[str, Lmk]) -> None:
    if DEFAULT_LMK not in lmks:
        raise LmkError(f"there is no LMK {DEFAULT_LMK}, for requests that name none")
    for identifier, lmk in lmks.items():
        if isinstance(lmk, KeyBlockLmk) and lmk.identifier != identifier:
            raise LmkError(f"LMK {identifier}: its key blocks would bear the identifier {lmk.identifier}")


def refusal(command: bytes, error: str) -> bytes:
    """The response that says no more than this error code, for a command that is not done."""
    text = command.decode("latin-1")
    code, body = text[:2], text[2:]
    try:
        request = COMMANDS[code].read_request(body)
        trailer = TRAILER + request["trailer"] if "trailer" in request else ""
    except (KeyError, HsmError):
        trailer = _guessed_trailer(body)
    return f"{_reply_code(code)}{error}{trailer}".encode("latin-1")


def _reply_code(code: str) -> str:
    """The code of the response to any two bytes, or fewer."""
    return response_code(code) if len(code) == 2 and ord(code[1]) < 0xFF else "ZZ"


def _guessed_trailer(body: str) -> str:
    """Where a body cannot be read, nothing says where it ends: what follows the first mark, then."""
    _, mark, trailer = body.partition(TRAILER)
    return mark + trailer[:MAX_TRAILER]


def build_command(code: str, **values: str) -> bytes:
    """A request, of its fields by name.

    Raises:
        ValueError: the command is unknown, or a field is missing, malformed or unknown; no value is repeated.
    """
    command = COMMANDS.get(code)
    if command is None:
        raise ValueError(f"there is no command {code}")
    return (code + command.write_request(dict[str, str](values))).encode("latin-1")


def parse_response(code: str, data: bytes) -> HsmResponse:
    """Read the response to the command of that code; what is no such response has error 15."""
    return read_response(COMMANDS[code], data)
