"""kill -9 at any instant changes nothing: after each the books of acquirers and issuers agree."""

import os

import pytest

ROUNDS = int(os.environ.get("SAKLAR_CRASHES", "12"))
"""`make crashes` has a hundred of them."""

AGREED = ([], [], [])


@pytest.mark.timeout(900)
async def test_after_every_kill_the_books_agree(make_card_network):
    network = await make_card_network()
    served = 0
    for round_ in range(ROUNDS):
        await network.load(network.world.rng.uniform(0.02, 0.6))
        network.kill()
        network.start()
        await network.wait_connected()
        assert await network.agrees() == AGREED, f"round {round_}"
        served += sum(len(acquirer.cases) for acquirer in network.acquirers)
        network.forget()
    assert served > ROUNDS * 5
    assert network.stop() == 0


async def test_nothing_that_was_written_holds_a_pan(make_card_network, tmp_path):
    network = await make_card_network()
    await network.load(1.0)
    network.kill()
    network.start()
    await network.wait_connected()
    assert await network.agrees() == AGREED
    assert network.stop() == 0
    pans = [case.pan.encode() for acquirer in network.acquirers for case in acquirer.cases]
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(written) >= 3
    assert not [(path.name, pan) for path, content in written.items() for pan in pans if pan in content]
