"""`saklar issuer`: a simulated issuer."""

from pathlib import Path
from typing import Annotated

import trio
import typer

from saklar.cli.service import address_option, fail, failing, reason_of, run_until_signalled
from saklar.network_sim import Issuer, IssuerConfiguration, load_issuer
from saklar.switch import ConfigurationError


def issuer(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The issuer's cards, keys and habits, a TOML file.")],
    *,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT instead of the file's.")] = None,
    cents: Annotated[
        bool, typer.Option("--cents", help="Let the last two digits of an amount be the response code.")
    ] = False,
) -> None:
    """Run a simulated issuer until SIGTERM or Ctrl-C.

    It verifies PINs, keeps balances and limits, gives money back once for a reversal, and answers network
    management. With --cents an amount of 10.51 is answered 51; .69 is no answer, .68 a late one, .67 a
    disconnection, .66 the same answer twice, .65 a demand for a PIN.
    """
    try:
        configuration = _with_options(load_issuer(config), listen, cents=cents)
    except ConfigurationError as error:
        raise fail(str(error)) from None
    scope = trio.CancelScope()

    async def serve() -> None:
        with scope:
            await Issuer(configuration).run()

    refusal = f"{config}: listen: cannot listen on {configuration.listen}"
    with failing(OSError, lambda error: f"{refusal}: {reason_of(error)}"):
        trio.run(run_until_signalled, serve, scope.cancel)


def _with_options(configuration: IssuerConfiguration, listen: str | None, *, cents: bool) -> IssuerConfiguration:
    changes: dict[str, object] = {}
    if listen is not None:
        changes["listen"] = address_option("--listen", listen)
    if cents:
        changes["cents"] = True
    return configuration.model_copy(update=changes)
