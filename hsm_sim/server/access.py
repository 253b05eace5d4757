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
        """The same of texts such as "10.0.0.0/8".

        Raises:
            AccessError: a text is no address or network (one with bits behind its mask is a slip of the pen, and
                would admit more than was meant), or the time is none.
        """
        if idle_timeout_s is not None and not idle_timeout_s > 0:
            raise AccessError(f"--idle-timeout: {idle_timeout_s} is no time")
        try:
            return cls(tuple(ipaddress.ip_network(text) for text in networks), idle_timeout_s, tls)
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
        AccessError: a file cannot be read, or holds something else.
    """
    if certificate is None:
        if client_ca is not None:
            raise AccessError("--client-ca: needs --certificate")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_certificate(context, certificate)
    if client_ca is not None:
        _load_authority(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _load_certificate(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_cert_chain(path, password="")  # an enciphered key is refused, not asked for at the terminal
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        reason = (
            "its key belongs to another certificate" if mismatch else "no PEM certificate with its key in the clear"
        )
        raise AccessError(f"--certificate: {path}: {reason}") from None
    except OSError as error:
        raise AccessError(f"--certificate: {path}: {error.strerror}") from None


def _load_authority(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(path)
    except ssl.SSLError:
        raise AccessError(f"--client-ca: {path}: no PEM certificate") from None
    except OSError as error:
        raise AccessError(f"--client-ca: {path}: {error.strerror}") from None
