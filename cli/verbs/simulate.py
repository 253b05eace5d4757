"""`saklar simulate`: the whole network under faults, in virtual time."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from saklar.network_sim.simulation import Outcome, shrink
from saklar.network_sim.simulation import simulate as run_seed

CHUNK = 20
MOST_SHOWN = 20
"""Seeds that broke a promise, of which so many are named."""


def simulate(
    *,
    seeds: Annotated[int, typer.Option(help="How many seeds to run, one after the other.", min=1)] = 1_000,
    first_seed: Annotated[int, typer.Option(help="The first of them.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Processes; 0 for one for each processor.", min=0)] = 0,
    trace: Annotated[bool, typer.Option("--trace", help="Print all that happened, also if nothing broke.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Do not stop at the first broken promise.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run acquirers, switch, journal, HSM and issuers in virtual time, under faults that each seed draws.

    Messages are lost, doubled, late, out of order and damaged; links break, every party crashes, the disk stalls
    and fails, clocks jump, the HSM errs. Then it gets quiet: the books of acquirers and issuers must agree, each
    request must have had its one answer, and nothing may be left to forward. One seed is one run, always the same.

    Exit code 1 if a promise was broken: the smallest run that breaks it is printed with all that happened in it.

    Try: saklar simulate --seeds 5000
    """
    began, events, ran = time.monotonic(), 0, 0
    broken: list[tuple[int, list[str]]] = []
    faults: Counter[str] = Counter()
    with _progress(hidden=as_json) as progress:
        bar = progress.add_task("seeds", total=seeds)
        for outcome in _outcomes(range(first_seed, first_seed + seeds), jobs or os.cpu_count() or 1):
            ran += 1
            events += outcome.events
            faults.update(outcome.faults.names)
            progress.update(bar, advance=1)
            if trace:
                _print_trace(run_seed(outcome.seed))
            if outcome.promises:
                broken.append((outcome.seed, outcome.promises))
                if not keep_going:
                    break
    elapsed_s = time.monotonic() - began
    if as_json:
        document = {
            "seeds": ran,
            "first_seed": first_seed,
            "events": events,
            "seconds": round(elapsed_s, 1),
            "runs_with": dict(sorted(faults.items())),
            "broken": [{"seed": seed, "promises": promises} for seed, promises in broken],
        }
        print(json.dumps(document))  # noqa: T201
    else:
        print(f"{ran} seeds, {events:,} events in {elapsed_s:.1f} s: {_verdict(broken)}")  # noqa: T201
    if broken and not as_json:
        _explain(broken)
    raise SystemExit(1 if broken else 0)


def _outcomes(seeds: range, jobs: int) -> Iterator[Outcome]:
    if jobs == 1 or len(seeds) <= CHUNK:
        yield from map(_without_trace, seeds)
        return
    # Spawned, not forked: what a fork inherits of a terminal's progress bar would be written twice.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(_without_trace, seeds, CHUNK)


def _without_trace(seed: int) -> Outcome:
    outcome = run_seed(seed)
    outcome.trace = []
    return outcome


def _verdict(broken: list[tuple[int, list[str]]]) -> str:
    return f"promises were broken in {len(broken)}" if broken else "every promise was kept"


def _explain(broken: list[tuple[int, list[str]]]) -> None:
    for seed, promises in broken[:MOST_SHOWN]:
        print(f"seed {seed}: {'; '.join(promises)}", file=sys.stderr)  # noqa: T201
    seed = broken[0][0]
    print(f"\nthe smallest run of seed {seed} that breaks a promise:", file=sys.stderr)  # noqa: T201
    _print_trace(shrink(run_seed(seed)))
    print(f"again: saklar simulate --first-seed {seed} --seeds 1 --trace", file=sys.stderr)  # noqa: T201


def _print_trace(outcome: Outcome) -> None:
    print(f"seed {outcome.seed}, {outcome.cases} customers, faults: {outcome.faults}")  # noqa: T201
    for line in outcome.trace:
        print(line)  # noqa: T201


def _progress(*, hidden: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal)
