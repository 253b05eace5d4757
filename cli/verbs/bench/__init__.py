"""`saklar bench`: measurements. A file for each mode; what a mode needs is imported when it runs, as it is an extra."""

import typer

from saklar.cli.verbs.bench.codec import codec
from saklar.cli.verbs.bench.compare import compare
from saklar.cli.verbs.bench.engine import engine
from saklar.cli.verbs.bench.hsm import hsm
from saklar.cli.verbs.bench.idle import idle
from saklar.cli.verbs.bench.journal import journal
from saklar.cli.verbs.bench.saturate import saturate
from saklar.cli.verbs.bench.soak import soak
from saklar.cli.verbs.bench.startup import startup
from saklar.cli.verbs.bench.sweep import sweep
from saklar.cli.verbs.bench.switch import switch
from saklar.cli.verbs.bench.tps import tps

app = typer.Typer(help="Measure how fast a target answers, and how fast the parts of it are.", no_args_is_help=True)

for _verb in (tps, saturate, sweep, soak, compare, switch, engine, codec, journal, hsm, startup, idle):
    app.command()(_verb)
