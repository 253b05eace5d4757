"""The HSM without its socket: a command in, its response out."""

from saklar.hsm_sim.command import MAX_TRAILER, TRAILER, Command, HsmResponse, Unit, read_response, response_code
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import write_all
from saklar.hsm_sim.lmk import Lmk

FIRMWARE = "0001-E000"
"""What NC reports in place of a payShield's firmware number."""

_ONLY_LMK = "00"


class Hsm:
    """A software HSM. It holds an LMK and nothing else; every other key comes with the command, under the LMK."""

    def __init__(self, lmk: Lmk) -> None:
        self._unit = Unit(lmk, FIRMWARE)

    def __repr__(self) -> str:
        return f"<Hsm {self._unit.lmk!r}>"

    @property
    def lmk(self) -> Lmk:
        """The LMK."""
        return self._unit.lmk

    def execute(self, command: bytes) -> bytes:
        """Answer a command (code, body and trailer, without message header). Any bytes get an answer."""
        text, mark, trailer = command.decode("latin-1").partition(TRAILER)
        code, body = text[:2], text[2:]
        known = COMMANDS.get(code)
        try:
            if len(trailer) > MAX_TRAILER:
                raise HsmError(ErrorCode.INVALID_INPUT, "the trailer is too long")
            answer = self._perform(known, body)
        except HsmError as error:
            answer = error.code
        reply = response_code(code) if len(code) == 2 and ord(code[1]) < 0xFF else "ZZ"
        return f"{reply}{answer}{mark}{trailer[:MAX_TRAILER]}".encode("latin-1")

    def _perform(self, command: Command | None, body: str) -> str:
        if command is None:
            raise HsmError(ErrorCode.COMMAND_DISABLED, "unknown command")
        request = command.read_request(body)
        if request.get("lmk_identifier", _ONLY_LMK) != _ONLY_LMK:
            raise HsmError(ErrorCode.LMK_IDENTIFIER, "there is LMK 00 only")
        return ErrorCode.OK + write_all(command.response, command.execute(self._unit, request))


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
