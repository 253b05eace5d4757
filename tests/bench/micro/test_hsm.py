"""The HSM's benchmark: what it counts, and what it notices. Its figures are not tested."""

import json
from functools import partial

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from saklar.bench.micro.hsm import (
    Checker,
    Figure,
    HsmResult,
    Plan,
    Wire,
    WrongAnswerError,
    closed_loop,
    measure,
    open_loop,
)
from saklar.bench.micro.hsm_work import WORK
from saklar.cli.app import app
from saklar.hsm_sim import Hsm, load_lmk, serve_hsm


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_each_command_has_one_right_answer(work):
    assert work.response() == work.response()
    assert work.response()[2:4] == b"00"


@pytest.mark.parametrize("work", [work for work in WORK.values() if work.pure], ids=lambda work: work.code)
def test_the_cryptography_alone_gives_what_the_command_answers(work):
    made = work.pure()
    said = work.response()[4:]
    if work.code in ("CA", "CC"):
        assert said == b"04" + made.hex().upper().encode() + b"01"
    elif work.code == "EC":
        assert made == work.fields["pvv"]
    else:
        assert said in (made, made.hex().upper().encode())


@given(st.integers(1, 3000), st.lists(st.integers(1, 5000), max_size=20))
def test_answers_are_counted_however_they_are_cut(answers, cuts):
    response = b"\x00\x0800001234"
    stream, checker, counted = response * answers, Checker(response), 0
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        counted += checker.feed(piece)
    assert counted == answers


@given(st.integers(0, 99), st.integers(1, 255))
def test_a_wrong_byte_is_noticed(position, flip):
    stream = bytearray(b"0123456789" * 10)
    stream[position] ^= flip
    with pytest.raises(WrongAnswerError):
        Checker(b"0123456789").feed(stream)


async def serving(nursery):
    _, port = await nursery.start(partial(serve_hsm, Hsm(load_lmk("test")), "127.0.0.1", 0))
    return port


async def test_a_closed_loop_counts_what_the_hsm_did(nursery):
    hsm = Hsm(load_lmk("test"))
    _, port = await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0))
    rate = await closed_loop(port, Wire.of(WORK["B2"]), 3, 5, 0.05)
    assert rate > 0
    assert hsm.counters.commands.keys() == {("B2", "00")}
    assert hsm.counters.commands["B2", "00"] >= 15


async def test_an_open_loop_sends_what_its_rate_and_time_say(nursery):
    port = await serving(nursery)
    histogram = await open_loop(port, Wire.of(WORK["CC"]), 2, rate=1000, seconds=0.1)
    assert histogram.get_total_count() == 100


async def test_an_open_loop_counts_the_wait_before_sending(nursery):
    """A server that answers only when it has got ten: the first of them was due nine steps before it was answered."""

    async def in_tens(stream):
        async with stream:
            wire, got = Wire.of(WORK["B2"]), b""
            while data := await stream.receive_some(65536):
                got += data
                whole, rest = divmod(len(got), len(wire.request) * 10)
                got = got[len(got) - rest :]
                await stream.send_all(wire.response * 10 * whole)

    listeners = await nursery.start(partial(trio.serve_tcp, in_tens, 0, host="127.0.0.1"))
    port = listeners[0].socket.getsockname()[1]
    histogram = await open_loop(port, Wire.of(WORK["B2"]), 1, rate=100, seconds=0.1)
    assert histogram.get_max_value() >= 80_000


@pytest.mark.parametrize("answer", [b"\x00\x08000BD15\x00", b""])
async def test_a_wrong_answer_or_none_fails_the_run(nursery, answer):
    async def wrong(stream):
        async with stream:
            await stream.receive_some(100)
            await stream.send_all(answer)

    listeners = await nursery.start(partial(trio.serve_tcp, wrong, 0, host="127.0.0.1"))
    port = listeners[0].socket.getsockname()[1]
    with pytest.RaisesGroup(WrongAnswerError):
        await closed_loop(port, Wire.of(WORK["B2"]), 1, 1, 0.05)


def test_ratios_are_of_the_same_round():
    figure = Figure("CC", 4, rates=[10.0, 30.0, 20.0], to_reference=[0.1, 0.5, 0.4])
    document = HsmResult([figure], {"CC": 100.0}).as_document()
    assert document["figures"][0]["per_second"] == 20
    assert document["figures"][0]["to_b2"] == 0.4


def test_a_whole_run_measures_each_command_beside_b2():
    result = measure(Plan(codes=("CC",), connections=(1,), in_flight=2, seconds=0.05, rounds=2), lambda _: None)
    assert [figure.code for figure in result.figures] == ["B2", "CC"]
    assert all(figure.p99_us >= figure.p50_us > 0 for figure in result.figures)
    assert result.pure["CC"] > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "ZZ"], "'ZZ' is not one of B2"),
        (["--connections", "1,x"], "as 1,4,16"),
        (["--connections", "65"], "1 to 64"),
    ],
)
def test_a_wrong_option_is_named(options, said):
    run = CliRunner().invoke(app, ["bench", "hsm", *options])
    assert run.exit_code == 2
    assert said in run.stderr


def test_the_figures_are_written_as_json(tmp_path):
    path = tmp_path / "hsm.json"
    words = ["--only", "EC", "--connections", "1", "--seconds", "0.05", "--rounds", "1", "--json", str(path)]
    run = CliRunner().invoke(app, ["bench", "hsm", *words])
    assert run.exit_code == 0, run.output
    assert [figure["command"] for figure in json.loads(path.read_text())["figures"]] == ["B2", "EC"]
    assert "EC" in run.stdout
