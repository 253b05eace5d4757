"""The host commands, one a file, each like its page of a manual. `COMMANDS` has them by code."""

from saklar.hsm_sim.command import Command
from saklar.hsm_sim.commands import a0, b2, bu, ca, cc, ec, hc, nc

COMMANDS: dict[str, Command] = {module.COMMAND.code: module.COMMAND for module in (a0, b2, bu, ca, cc, ec, hc, nc)}

__all__ = ["COMMANDS"]
