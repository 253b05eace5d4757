"""Where an HSM is: on TCP, with or without TLS, or in this very process."""

import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio

from saklar.hsm_sim.server.connection import serve_connection
from saklar.hsm_sim.unit import Hsm


@dataclass(frozen=True, slots=True)
class HsmEndpoint:
    """An HSM's name, for logs, and the way to it: `connect` opens a connection, or raises OSError."""

    name: str
    connect: Callable[[], Awaitable[trio.abc.Stream]]


def tcp_hsm(host: str, port: int, *, tls: ssl.SSLContext | None = None) -> HsmEndpoint:
    """An HSM on TCP; with `tls`, its certificate must be for `host`."""

    async def connect() -> trio.abc.Stream:
        stream = await trio.open_tcp_stream(host, port)
        return stream if tls is None else await _secured(trio.SSLStream(stream, tls, server_hostname=host))

    return HsmEndpoint(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", connect)


async def _secured(stream: "trio.SSLStream[trio.SocketStream]") -> trio.abc.Stream:
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        await trio.aclose_forcefully(stream)
        raise OSError(f"TLS: {error.__cause__ or error}") from error
    except trio.Cancelled:
        await trio.aclose_forcefully(stream)
        raise
    return stream


def client_tls(ca: str, certificate: str | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer with an HSM whose certificate this authority issued.

    Args:
        ca: a PEM file with the authority's certificate.
        certificate: a PEM file with our certificate and its private key (not enciphered), for an HSM that asks for one.

    Raises:
        OSError: a file cannot be read, or is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca)
    if certificate is not None:
        context.load_cert_chain(certificate, password="")  # an enciphered key is refused, not asked for at the terminal
    return context


def embedded_hsm(hsm: Hsm, nursery: trio.Nursery, *, header_length: int = 4) -> HsmEndpoint:
    """An HSM in this very process, served in `nursery` by the same code as one over TCP."""

    async def connect() -> trio.abc.Stream:
        ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
        nursery.start_soon(serve_connection, hsm, theirs, header_length)
        return ours

    return HsmEndpoint("embedded", connect)
