"""The commands' pages as Markdown, of the same descriptions that the HSM reads requests by."""

from collections.abc import Iterable

from saklar.hsm_sim.command import Command
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.layout import Part

_HEAD = """# Host commands

Made by `saklar hsm commands --markdown`. Lengths: N decimal digits, H hex digits, A characters, B bytes; `key` is a
key with its scheme letter. Any request may end with `%` and two digits of LMK, and with X'19' and up to 32 bytes that
come back.
"""


def as_markdown() -> str:
    """The table of all commands, then a page of each."""
    commands = [COMMANDS[code] for code in sorted(COMMANDS)]
    rows = [f"| [{c.code}](#{c.code.lower()}) | {c.response_code} | {c.title} |" for c in commands]
    table = "\n".join(["| command | response | what it does |", "| --- | --- | --- |", *rows])
    return "\n".join([_HEAD, table, "", *map(_page, commands)])


def _page(command: Command) -> str:
    lines = [f"## {command.code}", "", f"{command.title}.", ""]
    rows = [*_rows(command.code, command.request), *_rows(command.response_code, command.response)]
    if rows:
        lines += ["| in | field | form | meaning |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _rows(code: str, parts: Iterable[Part]) -> list[str]:
    return [f"| {code} | {name} | {form} | {about} |" for part in parts for name, form, about in part.rows()]
