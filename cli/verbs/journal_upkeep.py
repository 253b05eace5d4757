"""`saklar journal rotate|rewrap|reencrypt|purge|release`: what is done to a journal while no switch has it open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from saklar.cli.passphrase import lmk_of
from saklar.cli.service import fail
from saklar.switch.journal import JournalError, SqliteJournal
from saklar.switch.journal.upkeep import purge_all, reencrypt, release, rewrap, rotate

JournalOption = Annotated[Path, typer.Option("--journal", "-j", help="The journal's file.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key-file", help="File of the journal's keys; beside the journal, if left out.")
]
LmkOption = Annotated[
    str, typer.Option("--lmk", help="What wraps the journal's keys: test, test-aes … or an LMK file.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("rotate")(rotate_)
    app.command("reencrypt")(reencrypt_)
    app.command("rewrap")(rewrap_)
    app.command("purge")(purge_)
    app.command("release")(release_)


def rotate_(*, journal: JournalOption = Path("saklar.db"), key_file: KeyOption = None, lmk: LmkOption = "test") -> None:
    """Make a new data key, which seals from now on. What was sealed before can still be opened."""
    with _opened(journal, key_file, lmk) as (opened, keys):
        print(f"data key {rotate(opened, keys, lmk_of(lmk))} seals from now on")  # noqa: T201


def reencrypt_(
    *, journal: JournalOption = Path("saklar.db"), key_file: KeyOption = None, lmk: LmkOption = "test"
) -> None:
    """Seal everything under the newest data key, and forget the older ones. It may be stopped and run again."""
    with _opened(journal, key_file, lmk) as (opened, keys):
        _count("sealed again", reencrypt(opened, keys, lmk_of(lmk)))


def rewrap_(
    *,
    journal: JournalOption = Path("saklar.db"),
    key_file: KeyOption = None,
    lmk: LmkOption = "test",
    new_lmk: Annotated[str, typer.Option(help="The LMK that is to wrap them.")],
) -> None:
    """Have another LMK wrap the journal's keys."""
    with _opened(journal, key_file, lmk) as (opened, keys):
        new = lmk_of(new_lmk, option="--new-lmk")
        rewrap(opened, keys, new)
        print(f"the keys are under the LMK with check value {new.check_value}")  # noqa: T201


def purge_(
    *,
    journal: JournalOption = Path("saklar.db"),
    key_file: KeyOption = None,
    lmk: LmkOption = "test",
    before: Annotated[str, typer.Option(help="Remove what came before, as 2026-11-23 or 2026-11-23T10:15 (UTC).")],
) -> None:
    """Remove old transactions. What is not settled stays: in flight, in doubt, still to be forwarded, or parked."""
    try:
        moment = datetime.fromisoformat(before)
    except ValueError:
        raise fail(f"--before: {before!r}: a time is expected, as 2026-11-23 or 2026-11-23T10:15") from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    with _opened(journal, key_file, lmk) as (opened, _):
        _count("transactions removed", purge_all(opened, moment.isoformat()))


def release_(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `saklar journal saf --parked` lists it.")],
    *,
    journal: JournalOption = Path("saklar.db"),
    key_file: KeyOption = None,
    lmk: LmkOption = "test",
) -> None:
    """Put a parked reversal or advice back into its queue: it is sent again when the switch runs."""
    with _opened(journal, key_file, lmk) as (opened, _):
        if not release(opened, id_):
            raise fail(f"ID: nothing of the id {id_} is parked in {journal}")
        print(f"{id_} will be sent again")  # noqa: T201


def _count(what: str, done: Iterator[int]) -> None:
    count = 0
    for count in done:  # noqa: B007 (the last one is the sum)
        pass
    print(f"{count} {what}")  # noqa: T201


@contextmanager
def _opened(journal: Path, key_file: Path | None, lmk: str) -> Iterator[tuple[SqliteJournal, Path]]:
    keys = key_file or journal.with_name(journal.name + ".key")
    if not journal.exists():
        raise fail(f"--journal: there is no {journal}")
    try:
        opened = SqliteJournal(journal, keys, lmk_of(lmk))
    except JournalError as error:
        raise fail(str(error)) from None
    try:
        yield opened, keys
    except (JournalError, sqlite3.Error) as error:
        raise fail(str(error)) from None
    finally:
        opened.close()
