"""`card_network`, `switch`, `issuer` and `hsm`: real parts for tests of any kind."""

import socket
import tomllib

import pytest

from saklar.network_sim.desk import DEMO, read_plan
from saklar.network_sim.issuer import Issuer
from saklar.network_sim.testing import PartFailed
from saklar.network_sim.testing.parts import card_network_of
from saklar.switch import ConfigurationError

pytest_plugins = ("pytester",)


def connects(port):
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_the_hsm_is_one_that_answers(hsm):
    assert connects(hsm.port)
    assert hsm.command("NC").ok


def test_the_issuer_needs_no_switch(issuer, tmp_path):
    assert connects(issuer.port)
    assert issuer.balance("gold") > 0
    assert not list(tmp_path.iterdir())


def test_the_switch_has_its_issuers_and_no_acquirer(switch):
    assert set(switch.ports) == {"north", "south"}
    assert all(map(connects, switch.ports.values()))


def test_fixtures_of_one_test_have_one_network(card_network, switch, issuer, hsm):
    assert (card_network.switch, card_network.issuer, card_network.hsm) == (switch, issuer, hsm)


def test_no_port_is_that_of_the_file(card_network):
    named = {table.get("listen") for table in tomllib.loads((DEMO / "switch.toml").read_text())["link"].values()}
    assert not {f"127.0.0.1:{port}" for port in card_network.switch.ports.values()} & named


def test_a_purchase_is_in_the_journal(card_network):
    bought = card_network.acquirers["south"].purchase("blue", 12_00)
    (found,) = card_network.switch.journal(rrn=bought.request[37])
    assert (found.acquirer, found.issuer, found.amount, found.state) == ("south", "bank-b", 12_00, "approved")


def test_any_message_is_sent(card_network):
    north = card_network.acquirer
    inquiry = north.message("0200", {3: "310000", 4: "000000000000"}, card="gold")
    assert north.send(inquiry).approved


def test_a_part_that_was_killed_has_its_port_again(card_network):
    port = card_network.issuer.port
    card_network.issuer.kill()
    assert not connects(port)
    card_network.start()
    assert card_network.issuer.port == port
    assert connects(port)


def test_waiting_in_vain_says_what_there_is(card_network):
    card_network.acquirer.purchase("gold", 1_00)
    with pytest.raises(TimeoutError, match=r"state.*reversed.*0200 stan=\d+ rrn=\d+ approved"):
        card_network.switch.wait_for(timeout_s=0.0, state="reversed")


def test_waiting_for_a_balance_in_vain_says_what_it_is(issuer):
    with pytest.raises(TimeoutError, match="bank-a holds 100000000, not 1,"):
        issuer.wait_for_balance("gold", 1, timeout_s=0.0)


def test_an_unknown_card_is_named(issuer):
    with pytest.raises(KeyError, match="no acquirer has a card 'silver'; there are: gold"):
        issuer.balance("silver")


def test_the_parts_log_only_errors_where_nobody_configured_the_log(card_network, capsys):
    card_network.acquirer.purchase("gold", 12_50)
    card_network.switch.stop()
    assert capsys.readouterr() == ("", "")


async def test_a_trio_test_awaits(card_network):
    bought = await card_network.acquirer.purchase.in_trio("gold", 12_50)
    assert bought.approved


async def test_blocking_a_trio_loop_is_refused(card_network):
    with pytest.raises(
        RuntimeError, match=r"purchase\(…\) would block this trio loop; write: await ….purchase\.in_trio"
    ):
        card_network.acquirer.purchase("gold", 12_50)


async def test_the_clock_of_the_test_is_not_that_of_the_parts(card_network, autojump_clock):
    assert (await card_network.acquirer.purchase.in_trio("gold", 12_50)).approved


def test_a_part_that_fails_fails_the_test(monkeypatch, tmp_path):
    async def serve(self, stream):
        raise ZeroDivisionError("of the issuer")

    monkeypatch.setattr(Issuer, "serve", serve)
    with pytest.raises(PartFailed, match="ZeroDivisionError") as caught:  # noqa: SIM117 (it is raised at the end)
        with card_network_of(read_plan(DEMO), tmp_path) as network:
            network.switch.start()
    assert caught.value.__cause__ is not None


def test_what_cannot_start_says_why(tmp_path):
    folder = tmp_path / "network"
    folder.mkdir()
    text = (DEMO / "switch.toml").read_text()
    (folder / "switch.toml").write_text(text.replace('key_check_value = "6CA5B7"', 'key_check_value = "000000"'))
    with (
        card_network_of(read_plan(folder), tmp_path) as network,
        pytest.raises(ConfigurationError, match=r"link\.north"),
    ):
        network.switch.start()


def test_a_link_may_not_have_the_name_of_a_part(tmp_path):
    text = (DEMO / "switch.toml").read_text()
    (tmp_path / "switch.toml").write_text(text.replace("[link.north]", "[link.hsm]"))
    with pytest.raises(ConfigurationError, match=r"link\.hsm"):
        read_plan(tmp_path)


def test_a_folder_of_ones_own_is_the_network(pytester):
    folder = pytester.mkdir("network")
    for name in ("switch", "bank-a", "north"):
        (folder / f"{name}.toml").write_text((DEMO / f"{name}.toml").read_text())
    pytester.makepyfile(
        """
        from pathlib import Path
        import pytest

        @pytest.fixture
        def card_network_folder():
            return Path(__file__).parent / "network"

        def test_own(card_network):
            assert set(card_network.issuers) == {"bank-a"}
            assert set(card_network.acquirers) == {"north"}
            assert card_network.acquirer.purchase("gold", 1_00).approved
            assert card_network.acquirer.purchase("blue", 1_00).code == "91"
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
