"""TOML files checked against a pydantic model, with errors that say where and what."""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails

from saklar.switch.links.address import Address


class ConfigurationError(Exception):
    """A file cannot be used as it is. `str()` is one line for each problem: file, key, what is wrong."""

    def __init__(self, path: Path | str, problems: Sequence[tuple[str, str]]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path}: {key}: {what}" if key else f"{path}: {what}" for key, what in problems))


class Table(BaseModel):
    """A TOML table: a key that it does not know is an error, not a setting without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_FOLDER = "folder"


def beside(file: str, info: ValidationInfo) -> str:
    """A path that a file names, counted from that file's folder (from the working directory where there is no file)."""
    folder: Path = (info.context or {}).get(_FOLDER, Path())
    return str(folder / file)


def _parse_address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    if not isinstance(value, str):
        raise ValueError('an address in quotes is expected, as in "127.0.0.1:8583"')  # noqa: TRY004 (pydantic)
    return Address.parse(value)


def _parse_addresses(value: object) -> tuple[Address, ...]:
    addresses = tuple(map(_parse_address, value)) if isinstance(value, list) else (_parse_address(value),)
    for number, address in enumerate(addresses):
        if address in addresses[:number]:
            raise ValueError(f"{address} is there twice")
    return addresses


AddressField = Annotated[Address, BeforeValidator(_parse_address)]

AddressesField = Annotated[tuple[Address, ...], BeforeValidator(_parse_addresses)]
"""An address, or a list of different ones."""

Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path | str, model: type[Model]) -> Model:
    """Read the file as `model`.

    Raises:
        ConfigurationError: unreadable, not TOML, or not what the model asks for.
    """
    try:
        with Path(path).open("rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise ConfigurationError(path, [("", error.strerror or str(error))]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(path, [("", f"not valid TOML: {error}")]) from None
    try:
        return model.model_validate(data, context={_FOLDER: Path(path).parent})
    except ValidationError as error:
        # A misspelt key is both unknown and missing; the first of the two says it better.
        details = sorted(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        raise ConfigurationError(path, [_problem(found, model) for found in details]) from None


def _problem(details: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    location = details["loc"]
    key = ".".join(str(part) for part in location)
    if details["type"] == "extra_forbidden":
        return key, _unknown_key(str(location[-1]), _known_keys(model, location[:-1]))
    if details["type"] == "missing":
        return key, "is required"
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return key, message[0].lower() + message[1:] if message.startswith("Input ") else message


def _unknown_key(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return "unknown key" + (f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(sorted(known))}")


def _known_keys(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """The keys of the table at `location`, found by following the model's fields (through dicts and lists)."""
    fields = model.model_fields
    for part in location:
        if part not in fields:
            continue
        inner = _model_inside(fields[str(part)].annotation)
        if inner is None:
            return []
        fields = inner.model_fields
    return [field.alias or name for name, field in fields.items()]


def _model_inside(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_inside(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)
