"""The client and HSMs on real sockets: one that stops under load, and TLS."""

import ssl
from collections import Counter
from functools import partial

import pytest
import structlog.testing
import trio
import trustme

from saklar.hsm_sim import HsmClient, client_tls, serve_hsm, tcp_hsm
from saklar.hsm_sim.server.access import Access

from .fake_hsm import echo, echoed

COMMANDS, AT_ONCE = 4_000, 100


@pytest.mark.parametrize("connections", [1, 4])
async def test_an_hsm_that_stops_under_load_costs_no_command(hsm, nursery, connections):
    stop, address = await nursery.start(_stoppable, hsm)
    other = await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0))
    client = HsmClient(tcp_hsm(*address), tcp_hsm(*other), connections=connections)
    nursery.start_soon(client.run)
    await client.wait_connected()
    told = Counter()
    complete = trio.Event()

    def submit(number):
        client.submit(echo(b"%d" % number), partial(done, number))

    def done(number, response):
        told[number, response] += 1
        if len(told) == COMMANDS // 4:
            stop.cancel()
        if len(told) == COMMANDS:
            complete.set()
        if number + AT_ONCE < COMMANDS:
            submit(number + AT_ONCE)

    for number in range(AT_ONCE):
        submit(number)
    await complete.wait()
    assert told == Counter((number, echoed(b"%d" % number)) for number in range(COMMANDS))


async def _stoppable(hsm, task_status):
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as serving:
            address = await serving.start(partial(serve_hsm, hsm, "127.0.0.1", 0))
            task_status.started((scope, address))


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture
def our_certificate(authority, tmp_path):
    authority.issue_cert("switch").private_key_and_cert_chain_pem.write_to_path(tmp_path / "ours.pem")
    return str(tmp_path / "ours.pem")


@pytest.fixture
def start_tls(hsm, nursery, authority):
    """Starts an HSM whose certificate is for this name, and a client of it."""

    async def start(tls, *, name="127.0.0.1", asks_for_certificate=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        if asks_for_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            authority.configure_trust(context)
        serve = partial(serve_hsm, hsm, "127.0.0.1", 0, access=Access(tls=context))
        client = HsmClient(tcp_hsm(*await nursery.start(serve), tls=tls))
        nursery.start_soon(client.run)
        return client

    return start


async def test_commands_go_over_tls(start_tls, ca_file):
    client = await start_tls(client_tls(ca_file))
    await client.wait_connected()
    assert await client.call(echo(b"a")) == echoed(b"a")


async def test_an_hsm_that_asks_for_a_certificate_gets_it(start_tls, ca_file, our_certificate):
    client = await start_tls(client_tls(ca_file, our_certificate), asks_for_certificate=True)
    await client.wait_connected()
    assert await client.call(echo(b"a")) == echoed(b"a")


@pytest.fixture
def fault():
    """Waits for the first thing that is logged to be wrong with an HSM."""
    logged = trio.Event()
    faults = []

    def take(_logger, _method, entry):
        if "hsm" in entry and "reason" in entry:
            faults.append(entry["reason"])
            logged.set()
        raise structlog.DropEvent

    async def fault():
        await logged.wait()
        return faults[0]

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[take])
    yield fault
    structlog.configure(processors=before)


async def test_why_an_hsm_cannot_be_reached_is_said(nursery, fault):
    nursery.start_soon(HsmClient(tcp_hsm("127.0.0.1", 1)).run)
    assert "Connection refused" in await fault()


async def test_an_hsm_of_another_authority_is_not_used(start_tls, tmp_path, fault):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    client = await start_tls(client_tls(str(tmp_path / "other.pem")))
    assert "certificate verify failed" in await fault()
    assert not client.connected


async def test_an_hsm_whose_certificate_is_for_another_name_is_not_used(start_tls, ca_file, fault):
    client = await start_tls(client_tls(ca_file), name="hsm.example")
    assert "IP address mismatch" in await fault()
    assert not client.connected


async def test_an_hsm_that_asks_in_vain_for_a_certificate_is_not_used(start_tls, ca_file, fault):
    client = await start_tls(client_tls(ca_file), asks_for_certificate=True)
    why = await fault()
    assert "connection broken" in why or "closed by the HSM" in why  # the latter in CPython 3.11.2
    assert not client.connected
