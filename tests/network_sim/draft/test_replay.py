"""A draft of what was recorded, played against the host that it was recorded with, passes."""

import pytest
import trio

from saklar.codecs import framing, load_dialect
from saklar.network_sim import Acquirer
from saklar.network_sim.draft import About, Tap, draft_of
from saklar.network_sim.scenario import Options, play
from saklar.network_sim.scenario.expansion import cases_in
from saklar.network_sim.scenario.language import Source
from saklar.network_sim.scenario.telling import explanation
from saklar.switch.links import Address

FRAMING = framing("binary-2")
HERE = Address("127.0.0.1", 0)


def about(dialect, pan, host):
    return About(load_dialect(dialect), dialect, "binary-2", str(host), "live", test_cards=frozenset({pan}))


async def recorded(host, acquirer, dialect):
    """A purchase without a PIN and its reversal, as somebody between a terminal and its host hears them."""
    tap = Tap(host, load_dialect(dialect), FRAMING)
    async with trio.open_nursery() as nursery:
        where = await nursery.start(tap.run, HERE)
        party = Acquirer(acquirer(connect=str(where), dialect=dialect, sign_on=False))
        await nursery.start(party.run)
        bought = party.fleet.purchase(party.configuration.card_named("gold").model_copy(update={"pin": None}), 12_50)
        await party.request(bought)
        await party.request(party.fleet.reversal(bought))
        nursery.cancel_scope.cancel()
    return tap.recording


@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
async def test_a_reversal(make_issuer, acquirer, pan, dialect):
    async with trio.open_nursery() as nursery:
        host = await nursery.start(make_issuer(dialect=dialect).run)
        text = draft_of(await recorded(host, acquirer, dialect), about(dialect, pan, host)).text
        result = await trio.to_thread.run_sync(play, cases_in(Source.of(text, "draft")), Options(seed=1))
        nursery.cancel_scope.cancel()
    assert " reversal of request-1 " in text
    assert (len(result.cases), result.passed) == (1, True), "\n".join([text, *map(explanation, result.cases)])
