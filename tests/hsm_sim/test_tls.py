"""The HSM over TLS, on loopback, with certificates made here."""

import ssl
from functools import partial

import pytest
import trio
import trustme
from structlog.testing import capture_logs
from trio.testing import lockstep_stream_pair

from saklar.hsm_sim import serve_hsm
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.server.access import Access, AccessError, tls_context
from saklar.hsm_sim.server.connection import serve_connection

from .wire import ask, frame


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority, tmp_path_factory):
    """Certificate files, good and bad, by name."""
    folder = tmp_path_factory.mktemp("certificates")
    server, other = authority.issue_cert("127.0.0.1"), authority.issue_cert("127.0.0.1")
    certificate = server.cert_chain_pems[0].bytes()
    contents = {
        "server": server.private_key_and_cert_chain_pem.bytes(),
        "client": authority.issue_cert("client").private_key_and_cert_chain_pem.bytes(),
        "authority": authority.cert_pem.bytes(),
        "nothing": b"",
        "malformed": b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        "without key": certificate,
        "with another's key": certificate + other.private_key_pem.bytes(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def client_context(authority, *, certificate=None):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


@pytest.fixture
def start(hsm, nursery, files):
    """Starts an HSM that speaks TLS; gives its address."""

    async def start(*, client_ca=None, **settings):
        access = Access(tls=tls_context(files / "server", client_ca))
        return await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0, access=access, **settings))

    return start


async def open_tls(address, context):
    return trio.SSLStream(await trio.open_tcp_stream(*address), context, server_hostname=address[0])


async def test_a_client_that_speaks_tls_is_answered(start, authority):
    async with await open_tls(await start(), client_context(authority)) as stream:
        assert await ask(stream) == b"B300OK"


async def test_a_plain_client_is_refused_and_logged_and_others_are_not(start, authority):
    address = await start()
    async with await open_tls(address, client_context(authority)) as good:
        assert await ask(good) == b"B300OK"
        with capture_logs() as lines:
            async with await trio.open_tcp_stream(*address) as plain:
                await plain.send_all(frame(b"0001NC"))
                assert await end_of(plain)
        assert await ask(good) == b"B300OK"
    assert [(line["event"], line["reason"]) for line in lines] == [("hsm.client_refused", "TLS: wrong version number")]


async def gets_no_answer(stream):
    """Whether the stream breaks, or ends, as CPython 3.11.2 has it of an alert of the peer's."""
    try:
        async with stream:
            return await ask(stream) is None
    except trio.BrokenResourceError:
        return True


async def end_of(stream):
    """Whether the stream ends, however."""
    try:
        return await stream.receive_some() == b""
    except trio.BrokenResourceError:
        return True


async def test_a_client_that_shows_the_certificate_asked_for_is_answered(start, authority, files):
    address = await start(client_ca=files / "authority")
    async with await open_tls(address, client_context(authority, certificate=files / "client")) as stream:
        assert await ask(stream) == b"B300OK"


@pytest.mark.parametrize("shows", ["none", "one of another authority"])
async def test_a_client_without_the_certificate_asked_for_is_refused_and_others_are_not(
    start, authority, files, tmp_path, shows
):
    address = await start(client_ca=files / "authority")
    strange = tmp_path / "strange.pem"
    trustme.CA().issue_cert("client").private_key_and_cert_chain_pem.write_to_path(strange)
    stream = await open_tls(address, client_context(authority, certificate=None if shows == "none" else strange))
    with capture_logs() as lines:
        assert await gets_no_answer(stream)
    assert [line["event"] for line in lines] == ["hsm.client_refused"]
    async with await open_tls(address, client_context(authority, certificate=files / "client")) as good:
        assert await ask(good) == b"B300OK"


async def test_a_tls_older_than_1_2_is_refused(start, authority):
    context = client_context(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with await open_tls(await start(), context) as stream:
        with pytest.raises(trio.BrokenResourceError):
            await stream.do_handshake()


async def test_a_stalled_handshake_holds_its_place_for_its_time_only(start, authority, mock_clock):
    address = await start(max_connections=1)
    async with await trio.open_tcp_stream(*address) as stalled:
        await stalled.send_all(b"\x16")
        with capture_logs() as lines:
            async with await trio.open_tcp_stream(*address) as second:
                assert await end_of(second)
            mock_clock.jump(11)
            assert await end_of(stalled)
    assert [line["reason"] for line in lines] == ["as many as may be are connected", "no TLS handshake within 10 s"]
    async with await open_tls(address, client_context(authority)) as third:
        assert await ask(third) == b"B300OK"


async def test_a_client_that_vanishes_without_farewell_makes_room(start, authority):
    counters = Counters()
    address = await start(max_connections=1, counters=counters)
    for _ in range(3):
        stream = await open_tls(address, client_context(authority))
        assert await ask(stream) == b"B300OK"
        await trio.aclose_forcefully(stream)
        while counters.connections_open:
            await trio.lowlevel.checkpoint()


async def test_a_client_that_takes_no_farewell_does_not_hold_its_place(hsm, authority, files, autojump_clock):
    ours, theirs = lockstep_stream_pair()  # on which what is sent waits until it is received
    served = trio.Event()

    async def serve():
        secured = trio.SSLStream(theirs, tls_context(files / "server", None), server_side=True)
        await serve_connection(hsm, secured, 4, 10.0)
        served.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        client = trio.SSLStream(ours, client_context(authority), server_hostname="127.0.0.1")
        assert await ask(client) == b"B300OK"
        await served.wait()
    assert trio.current_time() == pytest.approx(11)


# Files.


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "No such file or directory"),
        ("nothing", "no PEM certificate with its key in the clear"),
        ("malformed", "no PEM certificate with its key in the clear"),
        ("without key", "no PEM certificate with its key in the clear"),
        ("with another's key", "its key belongs to another certificate"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told(files, name, reason):
    with pytest.raises(AccessError) as caught:
        tls_context(files / name, None)
    assert str(caught.value) == f"--certificate: {files / name}: {reason}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "No such file or directory"),
        ("nothing", "no PEM certificate"),
        ("malformed", "no PEM certificate"),
    ],
)
def test_an_authority_that_cannot_be_used_is_told(files, name, reason):
    with pytest.raises(AccessError) as caught:
        tls_context(files / "server", files / name)
    assert str(caught.value) == f"--client-ca: {files / name}: {reason}"


def test_an_enciphered_key_is_told_and_not_asked_for(files, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key((files / "server").read_bytes(), None)
    enciphered = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    path = tmp_path / "enciphered"
    path.write_bytes(enciphered + (files / "without key").read_bytes())
    with pytest.raises(AccessError, match="with its key in the clear"):
        tls_context(path, None)


def test_an_authority_without_a_certificate_of_our_own_is_told(files):
    with pytest.raises(AccessError, match=r"^--client-ca: needs --certificate$"):
        tls_context(None, files / "authority")


def test_without_a_certificate_there_is_no_tls():
    assert tls_context(None, None) is None
