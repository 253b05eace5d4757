"""The switch on real sockets, between parties that share no code with it (plain frames and pyiso8583)."""

import copy
import os

import iso8583
import pytest
import trio
import trio.testing
from iso8583.specs import default_ascii

from saklar.hsm_sim import Hsm, load_lmk, serve_hsm
from saklar.switch import ConfigurationError, Switch, load_configuration
from saklar.switch.engine import TransactionRecord
from saklar.switch.journal import JournalError, SqliteJournal, find_by_rrn, read_keys
from saklar.switch.links import Ear

CONFIGURATION = """
[switch]
drain_ms = 2000

[journal]
path = "journal.db"

[link.north]
role = "acquirer"
listen = "127.0.0.1:0"
dialect = "iso87-ascii"
timeout_ms = 4000
max_frame = 2000
frame_timeout_ms = 300

[link.bank]
role = "issuer"
connect = "127.0.0.1:{issuer}"
dialect = "iso87-ascii"
timeout_ms = 700
reconnect_min_ms = 10
reconnect_max_ms = 50

[[route]]
issuer = "bank"
bins = ["400000"]
"""

PURCHASE = {
    "t": "0200", "2": "4000000000000002", "3": "000000", "4": "000000001000", "7": "1123101500", "11": "000042",
    "12": "101500", "13": "1123", "22": "021", "25": "00", "32": "100001", "37": "632710000042", "41": "NTH00001",
    "42": "MERCHANT0000001", "49": "360",
}  # fmt: skip


class Wire:
    """A connection that knows only 2-byte lengths and pyiso8583."""

    def __init__(self, stream):
        self.stream = stream
        self.buffer = bytearray()

    async def send(self, document, **changes):
        document = {**document, **{key.removeprefix("e"): value for key, value in changes.items()}}
        document = {key: value for key, value in document.items() if value is not None}
        await self.raw(frame(document))

    async def raw(self, data):
        await self.stream.send_all(data)

    async def receive(self):
        """The next message as a document, or None at the end of the connection."""
        while len(self.buffer) < 2 or len(self.buffer) < 2 + int.from_bytes(self.buffer[:2], "big"):
            try:
                data = await self.stream.receive_some(65536)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                data = b""
            if not data:
                return None
            self.buffer += data
        end = 2 + int.from_bytes(self.buffer[:2], "big")
        message = bytes(self.buffer[2:end])
        del self.buffer[:end]
        return iso8583.decode(message, default_ascii)[0]

    async def ask(self, document, **changes):
        await self.send(document, **changes)
        return await self.receive()


def frame(document):
    encoded, _ = iso8583.encode(copy.copy(document), default_ascii)
    return len(encoded).to_bytes(2, "big") + encoded


def answer_of(request, **changes):
    keep = {
        key: request[key]
        for key in request
        if key in ("2", "3", "4", "7", "11", "32", "37", "41", "42", "49", "70", "90")
    }
    reply = {**keep, "t": request["t"][:2] + ("3" if request["t"][2] == "2" else "1") + "0", "39": "00"}
    return {**reply, **{key.removeprefix("e"): value for key, value in changes.items()}}


class FakeIssuer:
    """Approves everything, unless `behave` (a coroutine function of wire and request) says otherwise."""

    def __init__(self):
        self.requests = []
        self.behave = None
        self.wires = []

    async def serve(self, stream):
        async with stream:
            await self._converse(Wire(stream))

    async def _converse(self, wire):
        self.wires.append(wire)
        while (request := await wire.receive()) is not None:
            if request["t"] == "0800":
                await wire.send(answer_of(request))
                continue
            self.requests.append(request)
            if self.behave is not None:
                await self.behave(wire, request)
            else:
                await wire.send(answer_of(request))


class Running:
    def __init__(self, switch, address, issuer, folder, dial, ended):
        self.switch = switch
        self.issuer = issuer
        self.folder = folder
        self.ended = ended
        self.connect = lambda: dial(address)


@pytest.fixture
async def dial():
    """Connects to an address; closes everything at the end."""
    streams = []

    async def dial(address):
        streams.append(await trio.open_tcp_stream(*address))
        return Wire(streams[-1])

    yield dial
    for stream in streams:
        stream.socket.close()


@pytest.fixture
async def network(tmp_path, nursery, dial):
    issuer = FakeIssuer()
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, issuer.serve, listeners)
    path = tmp_path / "switch.toml"
    path.write_text(CONFIGURATION.format(issuer=listeners[0].socket.getsockname()[1]))
    switch = Switch(load_configuration(path))
    ended = trio.Event()

    async def run(task_status):
        await switch.run(task_status=task_status)
        ended.set()

    addresses = await nursery.start(run)
    await switch.wait_ready("bank")
    return Running(switch, addresses["north"], issuer, tmp_path, dial, ended)


@pytest.fixture
async def north(network):
    return await network.connect()


@pytest.fixture
async def other(network):
    """Another processor, which is to notice nothing: used before and after by `unharmed`."""
    wire = await network.connect()
    assert (await wire.ask(PURCHASE, e11="900001"))["39"] == "00"
    return wire


async def unharmed(other):
    assert (await other.ask(PURCHASE, e11="900002"))["39"] == "00"


async def test_a_purchase_is_answered_by_the_issuer(network, north):
    answer = await north.ask(PURCHASE)
    assert (answer["t"], answer["11"], answer["39"]) == ("0210", "000042", "00")
    assert len(network.issuer.requests) == 1


async def test_many_in_flight_on_one_connection_are_all_answered(network, north):
    await north.raw(b"".join(frame({**PURCHASE, "11": f"{n:06d}"}) for n in range(1, 301)))
    stans = {(await north.receive())["11"] for _ in range(300)}
    assert stans == {f"{n:06d}" for n in range(1, 301)}


async def test_one_stan_on_two_connections_is_two_requests(network):
    first, second = await network.connect(), await network.connect()
    await first.send(PURCHASE, e4="000000000100")
    await second.send(PURCHASE, e4="000000000200")
    assert (await second.receive())["4"] == "000000000200"
    assert (await first.receive())["4"] == "000000000100"


@pytest.mark.parametrize("code", ["001", "002", "301"])
async def test_network_management_is_answered(north, code):
    answer = await north.ask({"t": "0800", "7": "1123101500", "11": "000001", "70": code})
    assert (answer["t"], answer["39"], answer["70"]) == ("0810", "00", code)


async def test_a_silent_issuer_costs_a_91(network, north):
    async def say_nothing(_wire, _request):
        pass

    network.issuer.behave = say_nothing
    assert (await north.ask(PURCHASE))["39"] == "91"


async def test_an_issuer_that_hangs_up_costs_a_91_and_is_dialled_again(network, north):
    async def hang_up(wire, _request):
        await wire.stream.aclose()

    network.issuer.behave = hang_up
    assert (await north.ask(PURCHASE))["39"] == "91"
    network.issuer.behave = None
    await network.switch.wait_ready("bank")
    assert (await north.ask(PURCHASE, e11="000043"))["39"] == "00"


# Bad input: the sender gets what is due to it, the others notice nothing.


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xff", b"\x00\x00", b"\x07\xd1" + b"x" * 100, bytes(range(256)) * 4],
    ids=["length 65535", "length 0", "over the maximum", "random"],
)
async def test_a_frame_that_cannot_be_ends_its_link_only(north, other, garbage):
    await north.raw(garbage)
    assert await north.receive() is None
    await unharmed(other)


async def test_half_a_frame_and_then_nothing_ends_its_link_only(north, other):
    await north.raw(frame(PURCHASE)[:50])
    assert await north.receive() is None
    await unharmed(other)


async def test_what_does_not_decode_is_counted_and_the_link_goes_on(network, north, other):
    await north.raw(b"\x00\x04nope")
    assert (await north.ask(PURCHASE))["39"] == "00"
    assert network.switch.counters["malformed"] == 1
    await unharmed(other)


async def test_a_bitmap_that_promises_what_is_not_there_gets_a_30(north, other):
    whole = frame({**PURCHASE, "52": "1122334455667788"})
    cut = whole[2:-16]
    await north.raw(len(cut).to_bytes(2, "big") + cut)
    answer = await north.receive()
    assert (answer["t"], answer["11"], answer["39"]) == ("0210", "000042", "30")
    await unharmed(other)


async def test_a_stan_that_is_no_number_gets_a_30(network, north, other):
    answer = await north.ask(PURCHASE, e11="STAN42")
    assert (answer["11"], answer["39"]) == ("STAN42", "30")
    assert len(network.issuer.requests) == 1
    await unharmed(other)


async def test_an_answer_that_matches_nothing_is_counted_and_the_right_one_delivered(network, north, other):
    async def answer_another_first(wire, request):
        await wire.send(answer_of(request, e11=f"{(int(request['11']) + 500_000) % 1_000_000:06d}"))
        await wire.send(answer_of(request))

    network.issuer.behave = answer_another_first
    assert (await north.ask(PURCHASE))["39"] == "00"
    assert network.switch.counters["unmatched"] == 1
    await unharmed(other)


async def test_of_two_answers_to_one_request_the_first_is_delivered(network, north, other):
    async def answer_twice(wire, request):
        await wire.send(answer_of(request))
        await wire.send(answer_of(request, e39="51"))

    network.issuer.behave = answer_twice
    assert (await north.ask(PURCHASE))["39"] == "00"
    network.issuer.behave = None
    assert (await north.ask(PURCHASE, e11="000043"))["39"] == "00"
    assert network.switch.counters["unmatched"] == 1
    await unharmed(other)


async def test_an_issuer_that_sends_garbage_is_left_and_dialled_again(network, north, other):
    async def garbage(wire, _request):
        await wire.raw(b"\xff\xff\xff\xff")

    network.issuer.behave = garbage
    assert (await north.ask(PURCHASE))["39"] == "91"
    network.issuer.behave = None
    await network.switch.wait_ready("bank")
    await unharmed(other)
    assert len(network.issuer.wires) == 2


async def test_a_connection_over_the_links_maximum_is_turned_away(tmp_path, nursery, dial):
    text = CONFIGURATION.format(issuer=9).replace("max_frame = 2000", "max_connections = 1")
    path = tmp_path / "switch.toml"
    path.write_text(text)
    switch = Switch(load_configuration(path))
    address = (await nursery.start(switch.run))["north"]
    first = await dial(address)
    assert (await first.ask({"t": "0800", "11": "000001", "70": "301"}))["39"] == "00"
    second = await dial(address)
    assert await second.receive() is None


# The journal.


def journaled(network, rrn):
    return find_by_rrn(
        network.folder / "journal.db", read_keys(network.folder / "journal.db.key", load_lmk("test")), rrn
    )


async def test_a_transaction_is_journaled_with_its_outcome(network, north):
    await north.ask(PURCHASE)
    (record,) = journaled(network, "632710000042")
    assert (record.state, record.response_code, record.issuer, record.amount) == ("approved", "00", "bank", 1000)


async def test_what_the_switch_refuses_is_journaled_too(network, north):
    await north.ask(PURCHASE, e2="6011000000000004")
    (record,) = journaled(network, "632710000042")
    assert (record.state, record.response_code, record.answered_by) == ("refused", "92", "switch")


async def test_what_comes_while_the_first_is_handled_goes_into_the_same_commit(network, north, other, monkeypatch):
    begun = []
    late = [frame({**PURCHASE, "11": "000043"})]
    read, stage = Ear.read, SqliteJournal.stage

    def read_while_more_comes(self):
        had = read(self)
        if had and late:
            os.write(other.stream.socket.fileno(), late.pop())
        return had

    def note_and_stage(self, records, told):
        begun.append([record.stan for record in records if isinstance(record, TransactionRecord)])
        stage(self, records, told)

    monkeypatch.setattr(Ear, "read", read_while_more_comes)
    monkeypatch.setattr(SqliteJournal, "stage", note_and_stage)
    await north.ask(PURCHASE)
    await other.receive()
    assert begun[0] == ["000042", "000043"]


async def test_a_reversal_after_a_restart_still_names_its_original(network, north, nursery, dial):
    await north.ask(PURCHASE)
    issued = network.issuer.requests[-1]["11"]
    network.switch.stop()
    await network.ended.wait()
    second = Switch(network.switch._configuration)
    address = (await nursery.start(second.run))["north"]
    await second.wait_ready("bank")
    wire = await dial(address)
    named = "0200" + "000042" + "1123101500" + "00000100001" + "00000000000"
    answer = await wire.ask(PURCHASE, t="0400", e11="000043", e90=named)
    assert answer["39"] == "00"
    with trio.fail_after(5):
        while network.issuer.requests[-1]["t"] != "0420":
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert network.issuer.requests[-1]["90"][4:10] == issued


async def test_a_journal_that_fails_costs_96s_and_recovers(network, north, monkeypatch):
    commit = SqliteJournal.commit

    def fail(self):
        raise JournalError("disk full")

    monkeypatch.setattr(SqliteJournal, "commit", fail)
    assert (await north.ask(PURCHASE))["39"] == "96"
    assert network.issuer.requests == []
    assert (await north.ask(PURCHASE, e11="000043"))["39"] == "96"
    monkeypatch.setattr(SqliteJournal, "commit", commit)
    with trio.fail_after(5):
        while network.switch._engine._context.unstored:
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert (await north.ask(PURCHASE, e11="000044"))["39"] == "00"


# Stopping.


async def test_a_stop_lets_what_is_pending_have_its_answer(network, north):
    released = trio.Event()

    async def wait(wire, request):
        await released.wait()
        await wire.send(answer_of(request))

    network.issuer.behave = wait
    await north.send(PURCHASE)
    while not network.issuer.requests:
        await trio.testing.wait_all_tasks_blocked(0.01)
    network.switch.stop()
    await trio.testing.wait_all_tasks_blocked(0.01)
    released.set()
    assert (await north.receive())["39"] == "00"
    assert await north.receive() is None


# Starting.


def configuration(tmp_path, text):
    path = tmp_path / "switch.toml"
    path.write_text(text)
    return load_configuration(path)


async def refused(switch):
    """What `run` refuses to start with."""
    with pytest.raises(ConfigurationError) as caught:
        await switch.run()
    return str(caught.value)


async def test_a_port_in_use_is_named_with_its_link(tmp_path):
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    text = CONFIGURATION.format(issuer=9).replace('"127.0.0.1:0"', f'"127.0.0.1:{port}"')
    said = await refused(Switch(configuration(tmp_path, text)))
    assert f"switch.toml: link.north.listen: cannot listen on 127.0.0.1:{port}: the port is in use" in said
    await listener.aclose()


KEYED = CONFIGURATION.format(issuer=9).replace(
    "max_frame = 2000", 'zpk = "U1EF828AA8F6B80EB83E19FBC373F3A85"\nkey_check_value = "6F1E3F"'
)
EMBEDDED = '[hsm]\nembedded = "test"\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "U1EF828AA8F6B80EB83E19FBC373F3A85",
            "UE4D98C70C699D619FDE92B2D97140185",
            "the HSM refuses this key with error 10",
        ),
        ("6F1E3F", "000000", "its check value is 6F1E3F, not the configured 000000"),
    ],
    ids=["refused", "another key"],
)
async def test_a_key_that_the_hsm_does_not_take_is_named_with_its_link(tmp_path, old, new, said):
    text = (EMBEDDED + KEYED).replace(old, new)
    assert f"link.north.zpk: {said}" in await refused(Switch(configuration(tmp_path, text)))


async def test_good_keys_are_taken_over_tcp_and_embedded_alike(tmp_path, nursery):
    hsm = await nursery.start(
        lambda task_status: serve_hsm(Hsm(load_lmk("test")), "127.0.0.1", 0, task_status=task_status)
    )
    over_tcp = f'[hsm]\nconnect = "127.0.0.1:{hsm[1]}"\n'
    for number, way in enumerate((EMBEDDED, over_tcp)):
        folder = tmp_path / str(number)
        folder.mkdir()
        switch = Switch(configuration(folder, way + KEYED))
        assert "north" in await nursery.start(switch.run)
        switch.stop()


async def test_an_absent_hsm_does_not_keep_the_switch_from_starting(tmp_path, nursery, dial):
    text = '[hsm]\nconnect = "127.0.0.1:9"\ntimeout_ms = 50\n' + KEYED
    addresses = await nursery.start(Switch(configuration(tmp_path, text)).run)
    wire = await dial(addresses["north"])
    assert (await wire.ask({"t": "0800", "11": "000001", "70": "301"}))["39"] == "00"


def test_a_journal_in_use_is_named(tmp_path):
    first = Switch(configuration(tmp_path, CONFIGURATION.format(issuer=9)))
    with pytest.raises(ConfigurationError, match=r"switch.toml: journal.path: .*another switch has this journal open"):
        Switch(configuration(tmp_path, CONFIGURATION.format(issuer=9)))
    first._journal.close()
