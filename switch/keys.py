"""Are the PIN keys of the links what the HSM takes them for? Asked once, before the switch listens."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from saklar.hsm_sim import build_command, meaning, parse_response
from saklar.switch.link_table import LinkTable
from saklar.switch.toml import ConfigurationError

_TYPE_CODES = {"zpk": "01", "tpk": "02"}
_LENGTH_FLAGS = {"U": "1", "X": "1", "T": "2", "Y": "2"}
_SINGLE = "0"


async def check_keys(path: Path, links: Mapping[str, LinkTable], call: Callable[[bytes], Awaitable[bytes]]) -> None:
    """Have the HSM compute each key's check value (command BU) and compare it with the configured one.

    Args:
        path: the configuration file, for errors.
        links: the links by name.
        call: sends a command to the HSM and returns its response.

    Raises:
        ConfigurationError: the HSM refuses a key, or its check value is another; names file and key.
        HsmUnavailable: the HSM did not answer.
    """
    problems = []
    for name, table in links.items():
        for kind in ("zpk", "tpk"):
            key: str | None = getattr(table, kind)
            if key is not None:
                problem = _problem(await call(_command(kind, key)), table.key_check_value)
                problems += [(f"link.{name}.{kind}", problem)] if problem else []
    if problems:
        raise ConfigurationError(path, problems)


def _command(kind: str, key: str) -> bytes:
    flag = _LENGTH_FLAGS.get(key[:1], _SINGLE)
    return build_command("BU", key_type_code=_TYPE_CODES[kind], length_flag=flag, key=key)


def _problem(response: bytes, expected: str | None) -> str | None:
    parsed = parse_response("BU", response)
    if not parsed.ok:
        return f"the HSM refuses this key with error {parsed.error}, {meaning(parsed.error)}"
    found = parsed.values["check_value"][:6]
    if expected is not None and found != expected.upper():
        return f"its check value is {found}, not the configured {expected.upper()}"
    return None
