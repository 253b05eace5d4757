"""Who may connect to the HSM, how, and for how long in silence."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AccessError(ValueError):
    """A setting cannot be; `str()` says which and why."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a client must be.

    Attributes:
        networks: where it may come from; empty for anywhere.
        idle_timeout_s: seconds of silence that end its connection; None for none.
        tls: what to speak TLS with; None for plain TCP.
    """

    networks: tuple[Network, ...] = ()
    idle_timeout_s: float | None = None
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, networks: Iterable[str], idle_timeout_s: float | None, tls: ssl.SSLContext | None) -> Access:
        """The same of texts such as "10.0.0.0/8"; raises AccessError."""
        try:
            return cls(tuple(ipaddress.ip_network(text, strict=False) for text in networks), idle_timeout_s, tls)
        except ValueError as error:
            raise AccessError(f"--allow: {error}") from None

    def admits(self, host: str) -> bool:
        """Whether a client from that address may connect."""
        if not self.networks:
            return True
        address = ipaddress.ip_address(host.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)


def tls_context(certificate: Path | None, client_ca: Path | None) -> ssl.SSLContext | None:
    """A server's TLS 1.2 or newer with this certificate; clients must show one of that authority, if given.

    Raises:
        AccessError: a file cannot be read, or is none.
    """
    if certificate is None:
        if client_ca is not None:
            raise AccessError("--client-ca: needs --certificate")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate)
    except OSError as error:  # ssl.SSLError is one
        raise AccessError(f"--certificate: {certificate}: {error.strerror or error}") from None
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except OSError as error:
            raise AccessError(f"--client-ca: {client_ca}: {error.strerror or error}") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context
