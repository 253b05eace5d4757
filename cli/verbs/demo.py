"""`saklar demo`: the whole network on one desk."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import trio
import typer
from rich.console import Console
from rich.text import Text

from saklar.cli.demo.cases import CASES, Outcome, play
from saklar.cli.service import run_until_signalled
from saklar.network_sim.desk import DEMO, HSM, Network, open_network, read_plan


def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the network up afterwards, until Ctrl-C.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Have the switch log each transaction.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Put the journal here, and leave it; by default into a temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each case as a line of JSON.")] = False,
) -> None:
    """Run a whole card network on loopback and put it through its cases.

    An HSM, two issuers of different dialects, the switch, and two acquirers of different dialects start on
    free ports. Exit code 0 only if every case did what it should.
    """
    with tempfile.TemporaryDirectory(prefix="saklar-demo-") as temporary:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        stage = _Demo((folder or Path(temporary)).absolute(), keep=keep, trace=trace, as_json=as_json)
        trio.run(run_until_signalled, stage.run, stage.scope.cancel)
    raise SystemExit(0 if stage.passed else 1)


class _Demo:
    def __init__(self, folder: Path, *, keep: bool, trace: bool, as_json: bool) -> None:
        self.scope = trio.CancelScope()
        self.passed = False
        self._folder = folder
        self._keep = keep
        self._trace = trace
        self._report: Callable[[Outcome], None] = _print_json if as_json else _print_lines
        self._say: Callable[[str], None] = (lambda _: None) if as_json else _print

    async def run(self) -> None:
        """Start the network, play the cases, and stay if asked to."""
        began = time.perf_counter()
        with self.scope:
            plan = read_plan(DEMO).changed(switch={"trace": self._trace})
            async with open_network(plan, self._folder) as network:
                for name in network.names:
                    await network.start(name)
                self._say(_headline(network))
                outcomes = []
                for case in CASES:
                    outcomes.append(await play(case, network))
                    self._report(outcomes[-1])
                good = sum(not outcome.problems for outcome in outcomes)
                self.passed = good == len(CASES)
                took = time.perf_counter() - began
                self._say(f"\n{good} of {len(CASES)} cases did what they should, in {took:.1f} s")
                if self._keep:
                    self._say(_invitation(network))
                    with suppress(trio.Cancelled):
                        await trio.sleep_forever()


def _print(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def _headline(network: Network) -> str:
    names = (HSM, *network.issuers, *network.acquirers)
    where = "  ".join(f"{name} :{network.addresses[name].port}" for name in names)
    return f"on 127.0.0.1:  {where}\n"


def _print_lines(outcome: Outcome) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for number, exchange in enumerate(outcome.exchanges):
        first = number == 0
        mark = Text(" ok " if not outcome.problems else "FAIL", "green" if not outcome.problems else "bold red")
        line = Text("    " if not first else "")
        line = Text.assemble(
            mark if first else line,
            f"  {outcome.name if first else '':28}  {exchange.sent:23}",
            f"  {exchange.answered_by:7}  {exchange.said:31}  {exchange.elapsed_ms:6.1f} ms",
        )
        console.print(line)
    for problem in outcome.problems:
        console.print(Text(f"      {problem}", "red"))


def _print_json(outcome: Outcome) -> None:
    exchanges = [
        {
            "sent": exchange.sent,
            "answered_by": exchange.answered_by,
            "rc": exchange.code,
            "ms": round(exchange.elapsed_ms, 1),
        }
        for exchange in outcome.exchanges
    ]
    document = {"case": outcome.name, "ok": not outcome.problems, "problems": outcome.problems, "exchanges": exchanges}
    print(json.dumps(document), flush=True)  # noqa: T201


def _invitation(network: Network) -> str:
    lines = ["\nThe network stays up; Ctrl-C ends it. To send from another terminal:"]
    for name in network.acquirers:
        path = os.path.relpath(DEMO / f"{name}.toml")
        lines.append(f"  saklar acquirer {path} --connect {network.addresses[name]} --card gold --amount 12.50")
    lines.append(f"The journal: {network.journal}")
    return "\n".join(lines)
