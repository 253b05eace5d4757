"""The HSM without its socket: a command in, its response out."""

from saklar.hsm_sim.command import MAX_TRAILER, TRAILER, Command, HsmResponse, Unit, read_response, response_code
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.errors import ErrorCode, HsmError, HsmWarning
from saklar.hsm_sim.layout import Values, write_all
from saklar.hsm_sim.lmk import Lmk

FIRMWARE = "0001-E000"
"""What NC reports in place of a payShield's firmware number."""

_ONLY_LMK = "00"


class Hsm:
    """A software HSM. It holds an LMK and nothing else; every other key comes with the command, under the LMK.

    Args:
        lmk: the LMK.
        clear_pins: give PINs "under the LMK" as a zero and the PIN, as other simulators do: for their test data only.
    """

    def __init__(self, lmk: Lmk, *, clear_pins: bool = False) -> None:
        self._unit = Unit(lmk, FIRMWARE, clear_pins=clear_pins)

    def __repr__(self) -> str:
        return f"<Hsm {self._unit.lmk!r}>"

    @property
    def lmk(self) -> Lmk:
        """The LMK."""
        return self._unit.lmk

    def execute(self, command: bytes) -> bytes:
        """Answer a command (code, body and trailer, without message header). Any bytes get an answer."""
        text = command.decode("latin-1")
        code, body = text[:2], text[2:]
        answer, trailer = self._answer(COMMANDS.get(code), body)
        return f"{_reply_code(code)}{answer}{trailer}".encode("latin-1")

    def _answer(self, command: Command | None, body: str) -> tuple[str, str]:
        """Error code and fields, and the trailer with its mark."""
        trailer = _guessed_trailer(body)
        try:
            if command is None:
                raise HsmError(ErrorCode.COMMAND_DISABLED, "unknown command")
            request = command.read_request(body)
            trailer = TRAILER + request["trailer"] if "trailer" in request else ""
            return ErrorCode.OK + self._perform(command, request), trailer
        except HsmWarning as warning:
            assert command is not None
            return warning.code + write_all(command.response, warning.values), trailer
        except HsmError as error:
            return error.code, trailer

    def _perform(self, command: Command, request: Values) -> str:
        if request.get("lmk_identifier", _ONLY_LMK) != _ONLY_LMK:
            raise HsmError(ErrorCode.LMK_IDENTIFIER, "there is LMK 00 only")
        return write_all(command.response, command.execute(self._unit, request))


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
