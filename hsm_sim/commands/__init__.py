"""The host commands, one a file, each like its page of a manual. `COMMANDS` has them by code."""

import importlib
from collections.abc import Iterator, Mapping
from importlib.resources import files

from saklar.hsm_sim.command import Command


class _Commands(Mapping[str, Command]):
    """The `COMMAND` of every module here, so that a new page is one new file.

    Each is imported when it is first asked for: a switch needs two of them, and would wait for all.
    """

    def __init__(self) -> None:
        names = sorted(path.name.removesuffix(".py") for path in files(__name__).iterdir() if path.name.endswith(".py"))
        self._modules = {name[:2].upper(): name for name in names if not name.startswith("__")}
        self._loaded: dict[str, Command] = {}

    def __getitem__(self, code: str) -> Command:
        command = self._loaded.get(code)
        if command is None:
            module = importlib.import_module(f"{__name__}.{self._modules[code]}")
            command = self._loaded[code] = module.COMMAND
            assert command.code == code, f"{module.__name__} is named by another code than {command.code}"
        return command

    def get(self, code: str, default: Command | None = None) -> Command | None:  # type: ignore[override]
        """The command, or `default` where there is none of that code."""
        command = self._loaded.get(code)
        if command is not None:
            return command
        return self[code] if code in self._modules else default

    def __contains__(self, code: object) -> bool:
        return code in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


COMMANDS: Mapping[str, Command] = _Commands()

__all__ = ["COMMANDS"]
