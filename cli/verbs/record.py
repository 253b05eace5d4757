"""`saklar record`: traffic as the draft of a scenario file."""

import os
import sys
from pathlib import Path
from typing import Annotated

import trio
import typer
from rich.console import Console
from rich.status import Status

from saklar.cli.durations import duration_option
from saklar.cli.given import GivenError, digits_of, text_of
from saklar.cli.service import address_option, fail, failing, reason_of, run_until_signalled
from saklar.cli.verbs.decode import framing_option, load
from saklar.codecs import Dialect, Framing, framing
from saklar.network_sim.draft import About, Draft, Recording, Tap, draft_of, recording_of
from saklar.network_sim.draft.capture import CaptureError, streams
from saklar.network_sim.draft.heard import counted
from saklar.switch.links import Address

SHOWN_EVERY_S = 0.25
"""On a terminal."""

TOLD_EVERY_S = 10.0
"""Where there is none."""


def record(
    *,
    dialect: Annotated[str, typer.Option("--dialect", "-d", help="A shipped dialect's name, or a TOML file.")],
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where to take connections.")] = None,
    to: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The host that they are passed on to.")] = None,
    duration: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="End by itself: 30s, 5min, or seconds.")
    ] = None,
    pcap: Annotated[Path | None, typer.Option(metavar="FILE", help="A packet capture, not live traffic.")] = None,
    port: Annotated[int | None, typer.Option(help="The host's port in the capture.", min=1, max=65535)] = None,
    framed: Annotated[str, typer.Option("--framing", help="The length before a message.")] = "binary-2",
    keep: Annotated[list[int], typer.Option(help="A private element to be written all the same.")] = [],  # noqa: B006 (typer)
    test_card: Annotated[
        list[str],
        typer.Option(
            metavar="PAN", help="The number of a test card, to be written as it is: itself, @FILE or env:NAME."
        ),
    ] = [],  # noqa: B006 (typer)
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The draft; standard output, if left out.")] = None,
) -> None:
    """Make a scenario draft of live traffic (--listen and --to) or of a packet capture (--pcap).

    Live, every byte is passed on at once, and Ctrl-C ends it. The draft plays the side that asked, against the host.
    Card numbers become test numbers of the same BIN and length, except those of --test-card; PIN blocks, tracks, CVVs
    and keys are never written, nor private elements that are not asked for with --keep.

    Exit code 0, 1 if nothing in it can be played, 2 if a file or an option cannot be used.
    """
    spoken = load(dialect)
    frame = framing_option(framed, spoken) or framing("binary-2", 65_535)
    _writable(out)
    cards = frozenset(_test_card(given) for given in test_card)
    if (pcap is None, listen is None, to is None) not in ((True, False, False), (False, True, True)):
        raise fail("give --listen and --to for live traffic, or --pcap for a capture")
    if pcap is not None and duration is not None:
        raise fail("--for is about live traffic: a capture is read to its end")
    if pcap is not None:
        recording = _captured(pcap, spoken, frame, port)
        host, source = f"127.0.0.1:{port or 8583}", f"from {pcap.name}"
    else:
        seconds = duration_option("--for", duration) if duration is not None else float("inf")
        tap = Tap(address_option("--to", to or ""), spoken, frame)
        recording = _live(tap, address_option("--listen", listen or ""), seconds)
        host, source = str(tap.to), "live"
    path = out or Path("draft")
    named = dialect_from(dialect, path.parent)
    about = About(spoken, named, frame.name, host, source, keep=frozenset(keep), test_cards=cards, path=str(path))
    draft = draft_of(recording, about)
    _give(draft, out)


def _test_card(given: str) -> str:
    try:
        return digits_of(text_of(given, "--test-card"), range(12, 20))
    except GivenError as error:
        raise fail(f"--test-card: {error}") from None


def _writable(out: Path | None) -> None:
    if out is not None and out.exists():
        raise fail(f"--out: {out} exists; remove it, or name another file")
    if out is not None and not out.parent.is_dir():
        raise fail(f"--out: there is no folder {out.parent}")


def _captured(pcap: Path, dialect: Dialect, framing: Framing, port: int | None) -> Recording:
    try:
        return recording_of(streams(pcap.read_bytes()), dialect, framing, port)
    except OSError as error:
        raise fail(f"{pcap}: {error.strerror}") from None
    except CaptureError as error:
        raise fail(f"{pcap}: the capture {error}") from None


def _give(draft: Draft, out: Path | None) -> None:
    """Write the draft, and say what it is."""
    for remark in draft.remarks:
        print(f"saklar: {remark}", file=sys.stderr)  # noqa: T201
    if not draft.cases:
        print("saklar: nothing was recorded that can be played", file=sys.stderr)  # noqa: T201
        raise SystemExit(1)
    if out is None:
        print(draft.text, end="")  # noqa: T201
    else:
        out.write_text(draft.text, encoding="utf-8")
        print(f"{out}: {counted(draft.cases, 'case')}", file=sys.stderr)  # noqa: T201


def dialect_from(dialect: str, folder: Path) -> str:
    """A dialect as a file in a folder is to name it: a shipped one by its name, a file by its path from there."""
    return os.path.relpath(dialect, folder) if dialect.endswith(".toml") else dialect


def _live(tap: Tap, listen: Address, seconds: float) -> Recording:
    scope = trio.CancelScope()
    console = Console(stderr=True)

    async def serve() -> None:
        with scope, trio.move_on_after(seconds), console.status("recording") as status:
            async with trio.open_nursery() as nursery:
                where = await nursery.start(tap.run, listen)
                console.print(f"listening on {where}, passing on to {tap.to}; Ctrl-C ends it", highlight=False)
                await _tell(tap, console, status)

    with failing(OSError, lambda error: f"--listen: cannot listen on {listen}: {reason_of(error)}"):
        trio.run(run_until_signalled, serve, scope.cancel)
    return tap.recording


async def _tell(tap: Tap, console: Console, status: Status) -> None:
    """How far it is: on a terminal always, elsewhere a line now and then, where there is something new."""
    told = ""
    while True:
        said = progress(tap.recording)
        if console.is_terminal:
            status.update(said)
        elif said != told and tap.recording.heard:
            print(said, file=sys.stderr)  # noqa: T201
        told = said
        await trio.sleep(SHOWN_EVERY_S if console.is_terminal else TOLD_EVERY_S)


def progress(recording: Recording) -> str:
    """What was recorded until now, in a line."""
    parts = [counted(len(recording.heard), "message"), f"on {counted(recording.connections, 'connection')}"]
    troubles = f", {len(recording.troubles)} that could not be recorded" if recording.troubles else ""
    return f"recorded {' '.join(parts)}{troubles}"
