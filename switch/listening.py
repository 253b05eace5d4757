"""The sockets that links listen on, and what people are told of sockets."""

import errno

import trio

from saklar.switch.configuration import Configuration
from saklar.switch.links import Address
from saklar.switch.toml import ConfigurationError

_REASONS = {
    errno.EADDRINUSE: "the port is in use",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "not permitted (ports below 1024 need rights)",
}


async def listen_on(configuration: Configuration) -> dict[str, list[trio.SocketListener]]:
    """The listeners of each link that listens, by its name.

    Raises:
        ConfigurationError: an address cannot be listened on; none is then.
    """
    listeners: dict[str, list[trio.SocketListener]] = {}
    for name, table in configuration.link.items():
        if table.listen is None:
            continue
        host, port = table.listen
        try:
            listeners[name] = await trio.open_tcp_listeners(port, host=host)
        except OSError as error:
            for opened in (listener for found in listeners.values() for listener in found):
                await opened.aclose()
            problem = f"cannot listen on {table.listen}: {reason_of(error)}"
            raise ConfigurationError(configuration.path, [(f"link.{name}.listen", problem)]) from None
    return listeners


def address_of(listeners: list[trio.SocketListener]) -> Address:
    """Where they listen."""
    host, port = listeners[0].socket.getsockname()[:2]
    return Address(host, port)


def peer_of(stream: trio.SocketStream) -> str:
    """Who is at the other end."""
    try:
        host, port = stream.socket.getpeername()[:2]
    except OSError:
        return "gone"
    return str(Address(host, port))


def reason_of(error: OSError) -> str:
    """What the operating system says, without Python's number for it."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
