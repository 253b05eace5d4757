"""A host command: its page of the manual, as data, and what it does."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.lmk import Lmk
from saklar.hsm_sim.layout import Field, Optional, Part, Reader, Values, digits, read_all, write_all
from saklar.hsm_sim.quick_form import QuickForm, quick_form
from saklar.hsm_sim.security import SAFE, Security
from saklar.hsm_sim.state import State

TRAILER = "\x19"
"""End of message: up to 32 bytes after it are sent back behind the response."""

MAX_TRAILER = 32

_TRAILER = Optional(TRAILER, (Field("trailer", "≤32B", re.compile(f".{{0,{MAX_TRAILER}}}", re.DOTALL), "sent back"),))
"""May end any body. It is looked for where the other fields end, as those may hold any byte."""

_LMK = Optional("%", (digits("lmk_identifier", 2, "which LMK", shown=True),))
"""May follow the fields of any request."""


def random_digits(count: int) -> str:
    """That many random hex digits, from the system's source."""
    return secrets.token_hex((count + 1) // 2).upper()[:count]


def _alone(_command: str) -> str:
    raise HsmError(ErrorCode.COMMAND_DISABLED, "there is no HSM around this unit")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a command may use of the HSM it runs in."""

    lmk: Lmk
    firmware: str
    random_digits: Callable[[int], str] = random_digits
    security: Security = SAFE
    state: State = field(default_factory=State)
    perform: Callable[[str], str] = field(default=_alone, repr=False)
    """Does another command of the same HSM: code and body to response."""
    old_lmk: Lmk | None = None
    """The LMK that keys are brought from when the LMK changes, in key change storage."""

    def stored_lmk(self) -> Lmk:
        """The LMK in key change storage.

        Raises:
            HsmError: there is none.
        """
        if self.old_lmk is None:
            raise HsmError(ErrorCode.NO_OLD_LMK, "there is no LMK in key change storage")
        return self.old_lmk


@dataclass(frozen=True, slots=True)
class Command:
    """A command: code, purpose, layouts of request and response bodies, and the function that does it.

    `execute` gets the unit and the request's fields and returns the response's. It raises `HsmError` to answer
    with an error code.
    """

    code: str
    title: str
    request: tuple[Part, ...]
    response: tuple[Part, ...]
    execute: Callable[[Unit, Values], Values]
    options: tuple[Part, ...] = ()
    """What may follow the LMK's identifier in a request."""
    whole_request: tuple[Part, ...] = field(init=False, repr=False)
    """The request's layout with all that may end it."""
    quick: QuickForm | None = field(init=False, repr=False)
    """The request's usual form."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole_request", (*self.request, _LMK, *self.options, _TRAILER))
        object.__setattr__(self, "quick", quick_form(self.request))

    @property
    def response_code(self) -> str:
        """The request's with its second character counted up: CC → CD."""
        return response_code(self.code)

    def read_request(self, body: str) -> Values:
        """The fields of a request's body.

        Raises:
            HsmError: it is laid out otherwise.
        """
        usual = None if self.quick is None else self.quick.read(body)
        return self._read_by_parts(body) if usual is None else usual

    def _read_by_parts(self, body: str) -> Values:
        reader = Reader(body)
        values = read_all(self.whole_request, reader)
        if reader.rest:
            raise HsmError(ErrorCode.INVALID_INPUT, f"{len(reader.rest)} characters too many")
        return values

    def write_request(self, values: Values) -> str:
        """A request's body.

        Raises:
            ValueError: a field is missing, malformed, or not of this command.
        """
        parts = self.whole_request
        known = {name for part in parts for name, _, _ in part.rows()}
        if unknown := values.keys() - known:
            raise ValueError(f"{self.code} has no field {', '.join(sorted(unknown))}")
        return write_all(parts, values)


@dataclass(frozen=True, slots=True)
class HsmResponse:
    """A response, read: its error code, and its fields where there are any."""

    error: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the command did what was asked."""
        return self.error == ErrorCode.OK


def response_code(code: str) -> str:
    """The response code of a command code: its second character counted up."""
    return code[0] + chr(ord(code[1]) + 1)


_ERROR = re.compile("[0-9A-Z]{2}")


def read_response(command: Command, data: bytes) -> HsmResponse:
    """Read a response; one that is none of this command is error 15, whoever sent it."""
    text = data.decode("latin-1")
    error = text[2:4]
    if text[:2] != command.response_code or _ERROR.fullmatch(error) is None:
        return HsmResponse(ErrorCode.INVALID_INPUT)
    if error != ErrorCode.OK:
        return HsmResponse(error)
    try:
        return HsmResponse(error, read_all((*command.response, _TRAILER), Reader(text[4:])))
    except HsmError as malformed:
        return HsmResponse(malformed.code)
