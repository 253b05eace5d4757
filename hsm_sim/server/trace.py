"""Commands and responses for the log, field by field: a value is shown where its field says that it is harmless."""

from __future__ import annotations

from saklar.hsm_sim.command import read_response
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.errors import HsmError, meaning
from saklar.hsm_sim.layout import Part, Values, shown_names

MASK = "***"
"""In place of a value: always the same, as the length of a PIN under the LMK is a hint too."""

OWN_NAMES = frozenset({"code", "title", "reason", "error", "meaning", "fault", "client"})
"""What a line says besides the fields; no field may have one of these names."""


def request_line(request: bytes) -> dict[str, str]:
    """Code, title and fields of a request without its header; of one that is laid out otherwise, why."""
    text = request.decode("latin-1")
    command = COMMANDS.get(text[:2])
    if command is None:
        return {"code": _printable(text[:2]), "title": "unknown command"}
    line = {"code": command.code, "title": command.title}
    try:
        return line | _masked(command.whole_request, command.read_request(text[2:]))
    except HsmError as error:
        return line | {"reason": error.reason}


def response_line(code: str, response: bytes) -> dict[str, str]:
    """Code, error, its meaning and the fields of a response, without its header, to a command of that code."""
    text = response.decode("latin-1")
    line = {"code": _printable(text[:2]), "error": text[2:4], "meaning": meaning(text[2:4])}
    command = COMMANDS.get(code)
    return line if command is None else line | _masked(command.response, read_response(command, response).values)


def _masked(parts: tuple[Part, ...], values: Values) -> dict[str, str]:
    shown = frozenset(shown_names(parts))
    return {name: value if name in shown else MASK for name, value in values.items()}


def _printable(code: str) -> str:
    """A code as sent; one with other characters than those of codes, which could forge a line, in hex."""
    return code if code.isascii() and code.isalnum() else code.encode("latin-1").hex().upper()
