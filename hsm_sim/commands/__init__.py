"""The host commands, one a file, each like its page of a manual. `COMMANDS` has them by code."""

import importlib
import pkgutil

from saklar.hsm_sim.command import Command


def _commands() -> dict[str, Command]:
    """The `COMMAND` of every module here, so that a new page is one new file."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.COMMAND.code: module.COMMAND for module in modules}


COMMANDS: dict[str, Command] = _commands()

__all__ = ["COMMANDS"]
