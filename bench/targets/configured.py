"""The switch with a configuration of somebody's own, and with a journal, ports and peers of the measurement's.

What the file says is kept, but for that: the journal is in a folder that goes with the measurement, the links listen on
free ports, and behind each issuer's link is an issuer that approves everything, behind `[hsm] connect` an HSM with the
test LMK. The load comes as the first acquirer that dials.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saklar.bench.load.mix import Mix
from saklar.bench.load.plan import plain_mix
from saklar.bench.targets.arena import Running, started
from saklar.bench.targets.behind import Behind, backstage
from saklar.bench.targets.process import free_port, saklar
from saklar.switch.configuration import load_configuration


@dataclass(frozen=True)
class Configured:
    """A configuration that can be measured.

    Attributes:
        tables: all of it; what names a file does so from anywhere.
        load: the link that the load comes by.
    """

    tables: dict[str, Any]
    load: str

    @classmethod
    def load_file(cls, path: Path) -> Configured:
        """Read and check it.

        Raises:
            ConfigurationError: it cannot be used.
            ValueError: no acquirer can dial the switch.
        """
        links = load_configuration(path).link
        load = next((name for name, link in links.items() if link.role == "acquirer" and link.listen is not None), None)
        if load is None:
            raise ValueError(f'{path}: an acquirer link with "listen" is expected, for the load to come by')
        return cls(_from_anywhere(tomllib.loads(path.read_text()), path.resolve().parent), load)

    @property
    def dialect(self) -> str:
        """That the load speaks."""
        return str(self.tables["link"][self.load]["dialect"])

    def mix(self, connections: int) -> Mix:
        """One purchase, which is approved if its card is routed."""
        framing = self.tables["link"][self.load].get("framing", "binary-2")
        mix = plain_mix(connections=connections, framing=framing)
        messages = tuple(message.model_copy(update={"expect": ("00",)}) for message in mix.message)
        return mix.model_copy(update={"message": messages})


@contextmanager
def configured(found: Configured, *, python: str = sys.executable) -> Iterator[Running]:
    """The switch with that configuration, until the block ends; this process moves to the other core.

    Raises:
        OSError: something did not start.
    """
    with backstage() as behind:
        tables, listen = _own(found, behind)
        file = behind.folder / "switch.toml"
        file.write_text(as_toml(tables))
        yield started(saklar("run", str(file), python=python), behind, listen, "the switch")


def _own(found: Configured, behind: Behind) -> tuple[dict[str, Any], int]:
    """The tables with a journal, ports and peers of ours, and the port of the load."""
    tables: dict[str, Any] = dict(found.tables)
    tables["journal"] = {**_without(tables.get("journal", {}), "key_file"), "path": "bench.db"}
    if "connect" in tables.get("hsm", {}):
        hsm = _without(tables["hsm"], "ca", "certificate", "lmk_check_value")
        tables["hsm"] = {**hsm, "connect": f"127.0.0.1:{behind.hsm()}"}
    links, load_port = {}, free_port()
    for name, link in tables["link"].items():
        peer = _without(link, "listen", "connect")
        if link["role"] == "issuer":
            port = behind.issuer(link["dialect"], link.get("framing", "binary-2"), f"issuer {name}")
            links[name] = {**peer, "connect": f"127.0.0.1:{port}"}
        else:
            port = load_port if name == found.load else free_port()
            links[name] = {**peer, "listen": f"127.0.0.1:{port}"}
    return {**tables, "link": links}, load_port


def _without(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}


def _from_anywhere(value: Any, folder: Path) -> Any:
    """The same, with what names a file beside the configuration as an absolute path."""
    if isinstance(value, dict):
        return {key: _from_anywhere(each, folder) for key, each in value.items()}
    if isinstance(value, list):
        return [_from_anywhere(each, folder) for each in value]
    if isinstance(value, str) and value and "\0" not in value and (folder / value).is_file():
        return str(folder / value)
    return value


def as_toml(tables: dict[str, Any]) -> str:
    """Tables as TOML, a line for each at the top."""
    return "".join(f"{_value(key)} = {_value(value)}\n" for key, value in tables.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(key)} = {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
