"""`saklar record`: traffic as the draft of a scenario file."""

import sys
from pathlib import Path
from typing import Annotated

import trio
import typer

from saklar.cli.service import address_option, fail, failing, reason_of, run_until_signalled
from saklar.cli.verbs.decode import framing_option, load
from saklar.codecs import framing
from saklar.network_sim.draft import About, Recording, Tap, draft_of, recording_of
from saklar.network_sim.draft.capture import CaptureError, streams
from saklar.switch.links import Address


def record(
    *,
    dialect: Annotated[str, typer.Option("--dialect", "-d", help="A shipped dialect's name, or a TOML file.")],
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where to take connections.")] = None,
    to: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The host that they are passed on to.")] = None,
    duration: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="End by itself.", min=0.1)] = None,
    pcap: Annotated[Path | None, typer.Option(metavar="FILE", help="A packet capture, not live traffic.")] = None,
    port: Annotated[int | None, typer.Option(help="The host's port in the capture.", min=1, max=65535)] = None,
    framed: Annotated[str, typer.Option("--framing", help="The length before a message.")] = "binary-2",
    keep: Annotated[list[int], typer.Option(help="A private element to be written all the same.")] = [],  # noqa: B006 (typer)
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The draft; standard output, if left out.")] = None,
) -> None:
    """Make a scenario draft of live traffic (--listen and --to) or of a packet capture (--pcap).

    Live, every byte is passed on at once, and Ctrl-C ends it. The draft plays the side that asked, against the host.
    Card numbers become test numbers of the same BIN and length; PIN blocks, tracks, CVVs and keys are never written,
    nor private elements that are not asked for with --keep.

    Exit code 0, 1 if nothing in it can be played, 2 if a file or an option cannot be used.
    """
    spoken = load(dialect)
    frame = framing_option(framed, spoken) or framing("binary-2", 65_535)
    if out is not None and out.exists():
        raise fail(f"--out: {out} exists; remove it, or name another file")
    if out is not None and not out.parent.is_dir():
        raise fail(f"--out: there is no folder {out.parent}")
    if (pcap is None, listen is None, to is None) not in ((True, False, False), (False, True, True)):
        raise fail("give --listen and --to for live traffic, or --pcap for a capture")
    if pcap is not None:
        try:
            recording = recording_of(streams(pcap.read_bytes()), spoken, frame, port)
        except OSError as error:
            raise fail(f"{pcap}: {error.strerror}") from None
        except CaptureError as error:
            raise fail(f"{pcap}: the capture {error}") from None
        host, source = f"127.0.0.1:{port or 8583}", f"from {pcap.name}"
    else:
        tap = Tap(address_option("--to", to or ""), spoken, frame)
        recording = _live(tap, address_option("--listen", listen or ""), duration)
        host, source = str(tap.to), "live"
    draft = draft_of(recording, About(spoken, dialect, frame.name, host, source, keep=frozenset(keep)))
    for remark in draft.remarks:
        print(f"saklar: {remark}", file=sys.stderr)  # noqa: T201
    if not draft.cases:
        print("saklar: nothing was recorded that can be played", file=sys.stderr)  # noqa: T201
        raise SystemExit(1)
    if out is None:
        print(draft.text, end="")  # noqa: T201
    else:
        out.write_text(draft.text, encoding="utf-8")
        print(f"{out}: {draft.cases} cases", file=sys.stderr)  # noqa: T201


def _live(tap: Tap, listen: Address, seconds: float | None) -> Recording:
    scope = trio.CancelScope()

    async def serve() -> None:
        with scope, trio.move_on_after(seconds or float("inf")):
            async with trio.open_nursery() as nursery:
                where = await nursery.start(tap.run, listen)
                print(f"listening on {where}, passing on to {tap.to}; Ctrl-C ends it", file=sys.stderr)  # noqa: T201

    with failing(OSError, lambda error: f"--listen: cannot listen on {listen}: {reason_of(error)}"):
        trio.run(run_until_signalled, serve, scope.cancel)
    return tap.recording
