"""A full disk, an issuer that hangs, an HSM that is gone: each under a real switch, without a restart of it."""

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from saklar.hsm_sim import decrypt_under_lmk, load_lmk, pan12
from saklar.hsm_sim.crypto import pin_block, tdes

SAKLAR = Path(sys.executable).parent / "saklar"
AGREED = ([], [], [])


def limit_files(network, size):
    """What the switch writes to a file beyond this size fails, as on a full disk."""
    _, hard = resource.prlimit(network.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(network.process.pid, resource.RLIMIT_FSIZE, (size, hard))


async def code_for(network, wanted, *, pin_block=None):
    """Send customers until one gets this code."""
    with trio.fail_after(20):
        while True:
            case = network.purchase(pin_block)
            while not case.began_at or (case.answer is None and case.stage):
                await trio.sleep(0.01)
            if case.answer == wanted:
                return
            await trio.sleep(0.05)


async def test_a_full_disk_costs_96s_until_there_is_room_again(make_card_network):
    network = await make_card_network()
    pid = network.process.pid
    await network.load(0.5)
    limit_files(network, 4096)
    await code_for(network, "96")
    await network.load(1.0)
    limit_files(network, resource.RLIM_INFINITY)
    await code_for(network, "00")
    assert await network.agrees() == AGREED
    assert network.process.pid == pid
    assert network.process.poll() is None
    assert network.stop() == 0
    log = (network.folder / "switch.log").read_text()
    assert "journal.up" in log


async def test_a_switch_killed_while_the_disk_is_full_has_lost_nothing(make_card_network):
    network = await make_card_network()
    await network.load(0.5)
    limit_files(network, 4096)
    await network.load(1.0)
    network.kill()
    network.start()
    await network.wait_connected()
    assert await network.agrees() == AGREED


async def test_an_issuer_that_hangs_costs_time_outs_and_reversals(make_card_network, issuer_process):
    network = await make_card_network(issuer=issuer_process)
    await network.load(0.3, pace=0.05)
    issuer_process.process.send_signal(signal.SIGSTOP)
    await code_for(network, "91")
    await network.load(0.5, pace=0.05)
    issuer_process.process.send_signal(signal.SIGCONT)
    await code_for(network, "00")
    assert await network.agrees() == AGREED


ZPK = "U1EF828AA8F6B80EB83E19FBC373F3A85"


@pytest.fixture
def hsm(tmp_path):
    """Starts `saklar hsm`; returns how, and the port that it listens on."""
    started = []

    def start(port=0):
        process = subprocess.Popen(
            [SAKLAR, "--log-format", "json", "hsm", "--port", str(port)],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process, json.loads(process.stderr.readline())["port"]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def block_for(pan):
    clear = pin_block.encode("01", "1234", pan12(pan), lambda count: "A" * count)
    return tdes.encrypt(decrypt_under_lmk(load_lmk("test"), "001", ZPK).data, clear).hex().upper()


async def test_without_an_hsm_pins_get_96_and_the_rest_goes_on(make_card_network, hsm):
    process, port = hsm()
    network = await make_card_network(
        hsm=f'[hsm]\nconnect = "127.0.0.1:{port}"\ntimeout_ms = 500',
        north_key=f'zpk = "{ZPK}"',
        bank_key=f'zpk = "{ZPK}"',
    )
    # 55 is the issuer's: the PIN has come through, and is not the card's.
    await with_pin(network, "55")
    process.kill()
    process.wait()
    await with_pin(network, "96")
    await code_for(network, "00")
    hsm(port)
    await with_pin(network, "55")
    assert await network.agrees() == AGREED


async def with_pin(network, wanted):
    with trio.fail_after(20):
        while True:
            block = block_for(f"400000{network.count + 1:010d}")
            case = network.purchase(block)
            while not case.began_at or (case.answer is None and case.stage):
                await trio.sleep(0.01)
            if case.answer == wanted:
                return
            await trio.sleep(0.1)
