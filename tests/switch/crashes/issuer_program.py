"""An issuer as a program: it listens on the port that it is given, and says for each PAN on its standard input what moved."""

import sys

import trio

from saklar.cli.logs import LogFormat, LogLevel, configure_logs
from saklar.network_sim import Issuer
from saklar.network_sim.configuration import IssuerConfiguration
from saklar.switch.links import Address

OPENING = 10_000_000
CARDS = 2_000


async def main(port: int) -> None:
    cards = tuple(
        {"pan": f"400000{number:010d}", "expiry": "3012", "balance": OPENING} for number in range(1, CARDS + 1)
    )
    issuer = Issuer(
        IssuerConfiguration(name="bank", dialect="iso87-binary", listen=Address("127.0.0.1", port), card=cards)
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(issuer.run)
        print("listening", flush=True)
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            print(OPENING - issuer.accounts.cards[line.strip()].balance, flush=True)
        nursery.cancel_scope.cancel()


configure_logs(LogLevel.ERROR, LogFormat.JSON)
trio.run(main, int(sys.argv[1]))
