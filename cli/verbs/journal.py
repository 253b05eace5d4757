"""`saklar journal`: what the switch has written down."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from saklar.cli.given import GivenError, text_of
from saklar.cli.service import fail
from saklar.switch.journal import STATES, Found, JournalError, Search, hash_of_pan, search, verify

app = typer.Typer(
    help="Look into the switch's journal, also while it runs. PANs are shown with six and four digits.",
    no_args_is_help=True,
)

JournalOption = Annotated[Path, typer.Option("--journal", "-j", help="The journal's file.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key-file", help="Key of the PAN hashes; beside the journal, if left out.")
]
SinceOption = Annotated[str | None, typer.Option(help="Arrived at or after, as 2026-11-23 or 2026-11-23T10:15.")]
UntilOption = Annotated[str | None, typer.Option(help="Arrived before.")]
StateOption = Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")]
LinkOption = Annotated[str | None, typer.Option(help="The name of a link.")]
LimitOption = Annotated[int, typer.Option(help="The newest so many.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, a transaction a line.")]


class Form(StrEnum):
    """Of an export."""

    CSV = "csv"
    JSONL = "jsonl"


@app.command()
def find(
    *,
    journal: JournalOption = Path("saklar.db"),
    rrn: Annotated[str | None, typer.Option(help="Retrieval reference number, DE 37.")] = None,
    stan: Annotated[str | None, typer.Option(help="STAN as the acquirer sent it, DE 11.")] = None,
    terminal: Annotated[str | None, typer.Option(help="Terminal, DE 41.")] = None,
    pan: Annotated[
        str | None, typer.Option(help="PAN: @FILE, env:NAME, or - to type it unseen. It is found by its hash.")
    ] = None,
    acquirer: LinkOption = None,
    issuer: LinkOption = None,
    state: StateOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 100,
    key_file: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find transactions; all that is given must hold. Exit code 1 if there is none.

    Try: saklar journal find --terminal NTH00001 --state approved --since 2026-11-23
    """
    wanted = Search(
        rrn=rrn,
        stan=stan,
        terminal=terminal,
        acquirer=acquirer,
        issuer=issuer,
        state=_state(state),
        since=_moment("--since", since),
        until=_moment("--until", until),
        pan_hash=None if pan is None else _hash(pan, key_file or _beside(journal)),
    )
    found = _searched(journal, wanted, limit)
    if as_json:
        _write_jsonl(found, sys.stdout)
    elif found:
        _print(_table(found))
    raise SystemExit(0 if found else 1)


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The correlation id, as in the log.")],
    *,
    journal: JournalOption = Path("saklar.db"),
    as_json: JsonOption = False,
) -> None:
    """Show all that the journal has of one transaction."""
    found = _searched(journal, Search(id=id_), 1)
    if not found:
        raise fail(f"ID: {journal} has no transaction {id_}")
    if as_json:
        _write_jsonl(found, sys.stdout)
        return
    for name, value in _row(found[0]).items():
        if value is not None:
            print(f"{name.replace('_', ' '):<20}{value}")  # noqa: T201


@app.command()
def export(
    *,
    journal: JournalOption = Path("saklar.db"),
    form: Annotated[Form, typer.Option("--format", help="csv, or jsonl: a JSON object a line.")] = Form.CSV,
    output: Annotated[Path | None, typer.Option(help="A new file; standard output, if left out.")] = None,
    state: StateOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """Write transactions out, oldest first, a line each; of PANs six and four digits."""
    wanted = Search(state=_state(state), since=_moment("--since", since), until=_moment("--until", until))
    write = _write_csv if form is Form.CSV else _write_jsonl
    try:
        with _target(output) as file:
            count = write(search(journal, wanted), file)
    except JournalError as error:
        raise fail(str(error)) from None
    print(f"{count} transactions", file=sys.stderr)  # noqa: T201


@app.command("verify")
def verify_(*, journal: JournalOption = Path("saklar.db"), key_file: KeyOption = None) -> None:
    """Look whether the journal is whole: the file, its tables, every transaction, its key. Exit code 1 if it is not."""
    key = key_file or _beside(journal)
    try:
        verdict = verify(journal, key if key_file is not None or key.exists() else None)
    except JournalError as error:
        raise fail(str(error)) from None
    states = ", ".join(f"{count} {state}" for state, count in sorted(verdict.states.items()))
    print(f"{journal}: {verdict.transactions} transactions{f' ({states})' if states else ''}")  # noqa: T201
    for problem in verdict.problems:
        print(f"damaged: {problem}")  # noqa: T201
    raise SystemExit(1 if verdict.problems else 0)


def _beside(journal: Path) -> Path:
    """Where the switch keeps the key, if it is not told otherwise."""
    return journal.with_name(journal.name + ".key")


def _state(state: str | None) -> str | None:
    if state is not None and state not in STATES:
        raise fail(f"--state: {state!r} is not one of {', '.join(STATES)}")
    return state


def _moment(option: str, text: str | None) -> str | None:
    """A time as the journal writes it; one without a zone is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise fail(f"{option}: {text!r}: a time is expected, as 2026-11-23 or 2026-11-23T10:15") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds")


def _hash(given: str, key_file: Path) -> str:
    try:
        return hash_of_pan(key_file, text_of(given, "PAN"))
    except GivenError as error:
        raise fail(f"--pan: {error}") from None
    except JournalError as error:
        raise fail(f"--key-file: {error}") from None


def _searched(journal: Path, wanted: Search, limit: int) -> list[Found]:
    try:
        return list(search(journal, wanted, limit))
    except JournalError as error:
        raise fail(str(error)) from None


def _row(found: Found) -> dict[str, object]:
    row = asdict(found.record)
    row["pan"] = found.pan_masked
    return row


def _table(found: Iterable[Found]) -> Table:
    names = ("id", "arrived (UTC)", "from", "MTI", "STAN", "RRN", "terminal", "PAN", "amount", "to", "code", "state")
    table = Table(*names, box=box.SIMPLE, pad_edge=False)
    for one in found:
        record = one.record
        amount = "" if record.amount is None else f"{record.amount} {record.currency or ''}"
        told = (record.id, record.received_at[:19], record.acquirer, record.mti, record.stan, record.rrn)
        rest = (record.terminal, one.pan_masked, amount, record.issuer, record.response_code, record.state)
        table.add_row(*(value or "" for value in (*told, *rest)))
    return table


@contextmanager
def _target(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    try:
        file = output.open("x", newline="")
    except OSError as error:
        raise fail(f"--output: {output}: {error.strerror}") from None
    with file:
        yield file


def _print(table: Table) -> None:
    """As wide as it is: a terminal breaks lines, but nothing is cut off."""
    console = Console()
    wide = Measurement.get(console, console.options.update(max_width=1000), table).maximum
    Console(width=max(console.width, wide)).print(table)


def _write_csv(found: Iterable[Found], file: IO[str]) -> int:
    writer, count = None, 0
    for count, one in enumerate(found, 1):  # noqa: B007 (it is given back)
        row = _row(one)
        if writer is None:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    return count


def _write_jsonl(found: Iterable[Found], file: IO[str]) -> int:
    count = 0
    for count, one in enumerate(found, 1):  # noqa: B007 (it is given back)
        file.write(json.dumps(_row(one)) + "\n")
    return count
