"""TCP inside one process: listening and connecting as trio's sockets do, over pairs of connected sockets.

Who is reached at which address is a table of this run, so that no port of the machine is taken and nothing leaves it.
Bytes written are there to be read at once, which time can wait for. A reader that does not read stops its writer, as
the operating system has it; closing is the end of the stream for the other end, also where TCP would have a reset.
"""

from __future__ import annotations

import errno
import itertools
import socket
from collections import deque
from typing import Any

import trio
from trio.socket import SocketType

FIRST_PORT = 20_001
LAST_PORT = 60_000
BACKLOG = 128
ANY_HOST = "0.0.0.0"  # noqa: S104 (nothing is bound)

Address = tuple[str, int]


def use_virtual_network() -> VirtualNetwork:
    """Let every socket that trio makes in this run be one of a new virtual network."""
    network = VirtualNetwork()
    trio.socket.set_custom_socket_factory(network)
    return network


class VirtualNetwork(trio.abc.SocketFactory):
    """Who listens where."""

    def __init__(self) -> None:
        self._listening: dict[Address, VirtualSocket] = {}
        self._ports = itertools.cycle(range(FIRST_PORT, LAST_PORT))

    def socket(
        self,
        family: socket.AddressFamily | int = socket.AF_INET,
        type: socket.SocketKind | int = socket.SOCK_STREAM,  # noqa: A002 (the name is trio's)
        proto: int = 0,
    ) -> SocketType:
        """A socket of this network."""
        return VirtualSocket(self, int(family), int(type), proto)

    def free_port(self, host: str) -> int:
        """A port that nobody listens on."""
        return next(port for port in self._ports if (host, port) not in self._listening)

    def listen(self, address: Address, listener: VirtualSocket) -> None:
        """Take connections to an address; raises OSError where somebody does already."""
        if address in self._listening:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        self._listening[address] = listener

    def forget(self, address: Address, listener: VirtualSocket) -> None:
        """Take no more."""
        if self._listening.get(address) is listener:
            del self._listening[address]

    def listener_at(self, address: Address) -> VirtualSocket:
        """Who listens there; raises ConnectionRefusedError where nobody does."""
        host, port = address
        found = self._listening.get((host, port)) or self._listening.get((ANY_HOST, port))
        if found is None or found.full:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        return found


class VirtualSocket(SocketType):
    """A socket that listens, or one end of a connection. It has what trio's streams and listeners use of a socket."""

    def __init__(self, network: VirtualNetwork, family: int, kind: int, proto: int) -> None:
        self._network = network
        self._family, self._type, self._proto = family, kind, proto
        self._name: Address = ("127.0.0.1", 0)
        self._bound = False
        self._accepting: deque[VirtualSocket] | None = None
        self._arrived = trio.Event()
        self._end: SocketType | None = None
        """Of the pair, once connected."""
        self._peer_name: Address | None = None
        self._closed = False

    # What is asked about it.

    @property
    def family(self) -> socket.AddressFamily:
        """As of any socket."""
        return socket.AddressFamily(self._family)

    @property
    def type(self) -> socket.SocketKind:
        """As of any socket."""
        return socket.SocketKind(self._type)

    @property
    def proto(self) -> int:
        """As of any socket."""
        return self._proto

    @property
    def did_shutdown_SHUT_WR(self) -> bool:  # noqa: N802 (the name is trio's)
        """Whether this end has ended its stream."""
        return self._end is not None and self._end.did_shutdown_SHUT_WR

    @property
    def full(self) -> bool:
        """Whether it is closed, or so many wait to be accepted that it takes no more."""
        return self._accepting is None or len(self._accepting) >= BACKLOG

    def fileno(self) -> int:
        """That of its end of the pair; -1 once closed, or before it is connected."""
        return -1 if self._end is None or self._closed else self._end.fileno()

    def getsockname(self) -> Any:
        """Where it is."""
        return self._name

    def getpeername(self) -> Any:
        """Where the other end is."""
        if self._peer_name is None or self._closed:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return self._peer_name

    def setsockopt(self, level: int, optname: int, value: Any = None, optlen: int | None = None) -> None:
        """Nothing that TCP could be told has an effect."""

    def getsockopt(self, level: int, optname: int, buflen: int | None = None) -> Any:
        """Whether it accepts; 0 for everything else."""
        del buflen
        return int(level == socket.SOL_SOCKET and optname == socket.SO_ACCEPTCONN and self._accepting is not None)

    # Listening and connecting.

    async def bind(self, address: Any) -> None:
        """Choose where it is; port 0 is any free one."""
        await trio.lowlevel.checkpoint()
        host, port = address[:2]
        self._name = (host or ANY_HOST, port or self._network.free_port(host or ANY_HOST))
        self._bound = True

    def listen(self, backlog: int = BACKLOG) -> None:
        """Take connections from now on."""
        del backlog
        self._network.listen(self._name, self)
        self._accepting = deque()

    async def accept(self) -> tuple[SocketType, Any]:
        """The next connection."""
        await trio.lowlevel.checkpoint()
        while True:
            if self._accepting is None:
                raise OSError(errno.EBADF, "Bad file descriptor")
            if self._accepting:
                taken = self._accepting.popleft()
                return taken, taken._peer_name
            self._arrived = trio.Event()
            await self._arrived.wait()

    async def connect(self, address: Any) -> None:
        """Connect; raises ConnectionRefusedError where nobody listens."""
        await trio.lowlevel.checkpoint()
        if self._closed:
            raise OSError(errno.EBADF, "Bad file descriptor")
        target = (address[0], address[1])
        listener = self._network.listener_at(target)
        if not self._bound:
            self._name = ("127.0.0.1", self._network.free_port("127.0.0.1"))
        ours, theirs = socket.socketpair()
        other = VirtualSocket(self._network, self._family, self._type, self._proto)
        other._name, other._peer_name = target, self._name
        self._peer_name = target
        self._end, other._end = trio.socket.from_stdlib_socket(ours), trio.socket.from_stdlib_socket(theirs)
        assert listener._accepting is not None
        listener._accepting.append(other)
        listener._arrived.set()

    # Reading and writing.

    async def send(self, data: Any, flags: int = 0) -> int:
        """As of any socket."""
        return await self._connected.send(data, flags)

    async def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As of any socket."""
        return await self._connected.recv(bufsize, flags)

    async def wait_writable(self) -> None:
        """Wait until there is room, or nobody to write to."""
        await trio.lowlevel.wait_writable(self._connected.fileno())

    def shutdown(self, how: int) -> None:
        """End the stream towards the other end."""
        self._connected.shutdown(how)

    def close(self) -> None:
        """Close this end."""
        if self._closed:
            return
        self._closed = True
        if self._accepting is not None:
            self._network.forget(self._name, self)
            for waiting in self._accepting:
                waiting.close()
            self._accepting = None
            self._arrived.set()
        if self._end is not None:
            self._end.close()

    @property
    def _connected(self) -> SocketType:
        if self._end is None or self._closed:
            raise OSError(errno.EBADF, "Bad file descriptor")
        return self._end
