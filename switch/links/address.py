"""Addresses as people write them: `127.0.0.1:8583`, `localhost:8583`, `[::1]:8583`."""

from typing import NamedTuple

MAX_PORT = 65535


class Address(NamedTuple):
    """A host name or IP address, and a TCP port (0 for any free one, when listening)."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `host:port`.

        Raises:
            ValueError: it is not of that form.
        """
        host, colon, port = text.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise ValueError(f"{text!r}: put an IPv6 address into brackets, as in [::1]:8583")
        if not colon or not host:
            raise ValueError(f"{text!r} is no address: host:port is expected, as in 127.0.0.1:8583")
        if not (port.isascii() and port.isdigit() and int(port) <= MAX_PORT):
            raise ValueError(f"{text!r}: the port must be a number from 0 to {MAX_PORT}")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
