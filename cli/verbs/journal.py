"""`saklar journal`: what the switch has written down."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, Annotated

import typer
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.status import Status
from rich.table import Table

from saklar.cli.given import GivenError, text_of
from saklar.cli.passphrase import lmk_of
from saklar.cli.service import fail
from saklar.cli.verbs.journal_upkeep import register
from saklar.switch.journal import (
    STATES,
    Found,
    JournalError,
    JournalKeys,
    Search,
    Verdict,
    meta,
    read_keys,
    search,
    verify,
    waiting,
)

app = typer.Typer(
    help="Look into the switch's journal, also while it runs, and keep it. PANs are shown with six and four digits.",
    no_args_is_help=True,
)

JournalOption = Annotated[Path, typer.Option("--journal", "-j", help="The journal's file.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key-file", help="File of the journal's keys; beside the journal, if left out.")
]
LmkOption = Annotated[
    str, typer.Option("--lmk", help="What wraps the journal's keys: test, test-aes … or an LMK file.")
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
    in_doubt: Annotated[
        bool, typer.Option("--in-doubt", help="Approvals that their acquirers may not have been told.")
    ] = False,
    limit: LimitOption = 100,
    key_file: KeyOption = None,
    lmk: LmkOption = "test",
    as_json: JsonOption = False,
) -> None:
    """Find transactions; all that is given must hold. Exit code 1 if there is none.

    Try: saklar journal find --terminal NTH00001 --state approved --since 2026-11-23
    """
    keys = _keys(journal, key_file, lmk)
    wanted = Search(
        rrn=rrn,
        stan=stan,
        terminal=terminal,
        acquirer=acquirer,
        issuer=issuer,
        state=_state(state),
        since=_moment("--since", since),
        until=_moment("--until", until),
        pan_hash=None if pan is None else _hash(pan, keys),
        doubt="open" if in_doubt else None,
    )
    found = _searched(journal, keys, wanted, limit)
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
    key_file: KeyOption = None,
    lmk: LmkOption = "test",
    as_json: JsonOption = False,
) -> None:
    """Show all that the journal has of one transaction, but for what is sealed for good."""
    found = _searched(journal, _keys(journal, key_file, lmk), Search(id=id_), 1)
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
    key_file: KeyOption = None,
    lmk: LmkOption = "test",
) -> None:
    """Write transactions out, oldest first, a line each; of PANs six and four digits."""
    keys = _keys(journal, key_file, lmk)
    wanted = Search(state=_state(state), since=_moment("--since", since), until=_moment("--until", until))
    write = _write_csv if form is Form.CSV else _write_jsonl
    try:
        with _target(output) as file:
            count = write(_indexed(journal, keys, wanted, -1), file)
    except JournalError as error:
        raise fail(str(error)) from None
    print(f"{count} transactions", file=sys.stderr)  # noqa: T201


@app.command("verify")
def verify_(*, journal: JournalOption = Path("saklar.db"), key_file: KeyOption = None, lmk: LmkOption = "test") -> None:
    """Look whether the journal is whole: the file, the numbers of its batches, every transaction in them.

    Exit code 1 if it is not. Without the file of its keys, what is sealed is not looked at, and all transactions are.
    """
    path = key_file or _beside(journal)
    try:
        keys = read_keys(path, lmk_of(lmk)) if key_file is not None or path.exists() else None
        verdict = verify(journal, keys)
    except JournalError as error:
        raise fail(str(error)) from None
    print(f"{journal}: {_counted(verdict, opened=keys is not None)}")  # noqa: T201
    for problem in verdict.problems:
        print(f"damaged: {problem}")  # noqa: T201
    raise SystemExit(1 if verdict.problems else 0)


@app.command()
def saf(
    *,
    journal: JournalOption = Path("saklar.db"),
    parked: Annotated[bool, typer.Option("--parked", help="Those that were given up.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what is still to be forwarded: reversals and advices that their issuers have not answered, in order.

    Exit code 1 if there is none.
    """
    try:
        rows = list(waiting(journal, parked=parked))
    except JournalError as error:
        raise fail(str(error)) from None
    if as_json:
        for row in rows:
            print(json.dumps(row))  # noqa: T201
    elif rows:
        names = ("id", "created_at", "issuer", "kind", "about", "mti", "stan", "attempts", "response_code", "reason")
        table = Table(*(name.replace("_", " ") for name in names), box=box.SIMPLE, pad_edge=False)
        for row in rows:
            table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
        _print(table)
    raise SystemExit(0 if rows else 1)


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


def _counted(verdict: Verdict, *, opened: bool) -> str:
    states = ", ".join(f"{count} {state}" for state, count in sorted(verdict.states.items()))
    said = f"{verdict.transactions} transactions{f' ({states})' if states else ''}"
    return said if opened else f"{said}, not looked at: there are no keys"


def _keys(journal: Path, key_file: Path | None, lmk: str) -> JournalKeys:
    """All of the journal is sealed: nothing can be looked up without its keys."""
    try:
        meta(journal)
    except JournalError as error:
        raise fail(str(error)) from None
    try:
        return read_keys(key_file or _beside(journal), lmk_of(lmk))
    except JournalError as error:
        raise fail(f"--key-file: {error}") from None


def _hash(given: str, keys: JournalKeys) -> str:
    try:
        return keys.hash_of(text_of(given, "PAN"))
    except GivenError as error:
        raise fail(f"--pan: {error}") from None


def _searched(journal: Path, keys: JournalKeys, wanted: Search, limit: int) -> list[Found]:
    try:
        return list(_indexed(journal, keys, wanted, limit))
    except JournalError as error:
        raise fail(str(error)) from None


def _indexed(journal: Path, keys: JournalKeys, wanted: Search, limit: int) -> Iterator[Found]:
    """Search; what is new in the journal is indexed before, and that is shown while it lasts."""
    with Console(stderr=True).status("looking") as status:
        showing = partial(_show_progress, status)
        found = search(journal, keys, wanted, limit, showing)
        first = next(found, None)
    if first is not None:
        yield first
        yield from found


def _show_progress(status: Status, done: int, total: int) -> None:
    status.update(f"indexing the journal: {done:,} of {total:,} commits")


def _row(found: Found) -> dict[str, object]:
    hidden = ("request_key", "fingerprint", "kept", "answer")
    row: dict[str, object] = {name: value for name, value in found.record._asdict().items() if name not in hidden}
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


register(app)
