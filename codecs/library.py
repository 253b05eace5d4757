"""The dialects that saklar ships, and those in files of one's own."""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from saklar.codecs.dialect import Dialect
from saklar.codecs.dialect_file import describe
from saklar.codecs.errors import DialectError
from saklar.codecs.toml_table import TomlTable


def dialect_names() -> tuple[str, ...]:
    """The names of the dialects that saklar ships."""
    names = (file.name for file in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_dialect(name_or_path: str | os.PathLike[str]) -> Dialect:
    """The dialect of that name, or in that TOML file (a path has a `/` or ends in `.toml`).

    Raises:
        DialectError: there is none, or its file is wrong; says where and what would be right.
    """
    text = os.fspath(name_or_path)
    if not is_file(text):
        return _shipped(text)
    return Dialect(describe(_read(Path(text)), text, lambda base: _table(base, Path(text).parent)))


def parse_dialect(content: str, file: str = "dialect") -> Dialect:
    """The dialect that a TOML text describes; `file` names it in errors.

    Raises:
        DialectError: it is wrong; says where and what would be right.
    """
    return Dialect(describe(content.encode(), file, lambda base: _table(base, Path())))


def is_file(name: str) -> bool:
    """Whether a dialect's name is the path of a file: it has a `/` or ends in `.toml`."""
    return name.endswith(".toml") or os.sep in name


@cache
def _shipped(name: str) -> Dialect:
    return Dialect(describe(_content(name), f"{name}.toml", lambda base: _table(base, Path())))


def _table(name: str, folder: Path) -> TomlTable:
    """A file that another one extends: a shipped dialect's, or one in its folder."""
    if is_file(name):
        return TomlTable.of(_read(folder / name), name)
    return TomlTable.of(_content(name), f"{name}.toml")


def _content(name: str) -> bytes:
    if name not in dialect_names():
        raise DialectError(f"unknown dialect {name!r}; there are: {', '.join(dialect_names())}, or give a .toml file")
    return (_folder() / f"{name}.toml").read_bytes()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DialectError(f"{path}: {error.strerror}") from None


def _folder() -> Traversable:
    return resources.files("saklar.codecs.dialects")
