"""TCP in memory: listening, connecting, reading and writing as trio's sockets do, without the operating system.

Bytes arrive at once and in order. A reader that does not read stops its writer after `WINDOW` bytes; a closed end is
the end of the stream for the other; one that was closed with SO_LINGER at zero is a reset.
"""

from __future__ import annotations

import errno
import itertools
import socket
import struct
from collections import deque
from typing import Any

import trio
from trio.socket import SocketType

WINDOW = 256 * 1024
"""Bytes that may wait for a reader, as in the buffers of both operating systems."""

FIRST_PORT = 20_001
LAST_PORT = 60_000
BACKLOG = 128
ANY_HOSTS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 (it is compared, and nothing is bound)

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
        hosts = (host, "0.0.0.0", "::")  # noqa: S104 (it is looked up, and nothing is bound)
        found = next((self._listening[at, port] for at in hosts if (at, port) in self._listening), None)
        if found is None or found.full:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        return found


class VirtualSocket(SocketType):
    """One end. It has what trio's streams and listeners use of a socket."""

    def __init__(self, network: VirtualNetwork, family: int, kind: int, proto: int) -> None:
        self._network = network
        self._family, self._type, self._proto = family, kind, proto
        self._name: Address = ("127.0.0.1", 0)
        self._bound = False
        self._accepting: deque[VirtualSocket] | None = None
        self._peer: VirtualSocket | None = None
        self._peer_name: Address | None = None
        self._incoming = bytearray()
        self._ended = False
        """The other end will send nothing more."""
        self._broken = False
        """It was reset."""
        self._shut = False
        self._closed = False
        self._linger = True
        self._changed = trio.Event()

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
        return self._shut

    @property
    def full(self) -> bool:
        """Whether it is closed, or so many wait to be accepted that it takes no more."""
        return self._accepting is None or len(self._accepting) >= BACKLOG

    def fileno(self) -> int:
        """A number that is none of a file; -1 once closed."""
        return -1 if self._closed else 1 << 20

    def getsockname(self) -> Any:
        """Where it is."""
        return self._name

    def getpeername(self) -> Any:
        """Where the other end is."""
        if self._peer_name is None or self._closed:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return self._peer_name

    def setsockopt(self, level: int, optname: int, value: Any = None, optlen: int | None = None) -> None:
        """Only SO_LINGER has an effect: at zero, closing is a reset."""
        del optlen
        if level == socket.SOL_SOCKET and optname == socket.SO_LINGER and isinstance(value, bytes):
            on, seconds = struct.unpack("ii", value)
            self._linger = not (on and seconds == 0)

    def getsockopt(self, level: int, optname: int, buflen: int | None = None) -> Any:
        """Whether it accepts; 0 for everything else."""
        del buflen
        return int(level == socket.SOL_SOCKET and optname == socket.SO_ACCEPTCONN and self._accepting is not None)

    # Listening and connecting.

    async def bind(self, address: Any) -> None:
        """Choose where it is; port 0 is any free one."""
        await trio.lowlevel.checkpoint()
        host, port = address[:2]
        self._name = (host or "127.0.0.1", port or self._network.free_port(host or "127.0.0.1"))
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
            self._check_open()
            assert self._accepting is not None
            if self._accepting:
                taken = self._accepting.popleft()
                return taken, taken.getpeername() if taken._peer_name and not taken._closed else None
            await self._wait()

    async def connect(self, address: Any) -> None:
        """Connect; raises ConnectionRefusedError where nobody listens."""
        await trio.lowlevel.checkpoint()
        self._check_open()
        target = (address[0], address[1])
        listener = self._network.listener_at(target)
        if not self._bound:
            self._name = ("127.0.0.1", self._network.free_port("127.0.0.1"))
        other = VirtualSocket(self._network, self._family, self._type, self._proto)
        other._name = target
        self._peer, other._peer = other, self
        self._peer_name, other._peer_name = target, self._name
        assert listener._accepting is not None
        listener._accepting.append(other)
        listener._stir()

    # Reading and writing.

    async def send(self, data: Any, flags: int = 0) -> int:
        """Give bytes to the other end: as many as it has room for, at least one."""
        del flags
        await trio.lowlevel.checkpoint()
        while True:
            self._check_open()
            if self._shut or self._peer is None or self._broken or self._peer._closed:
                raise BrokenPipeError(errno.EPIPE, "Broken pipe")
            room = WINDOW - len(self._peer._incoming)
            if room > 0:
                piece = bytes(data[:room])
                self._peer._incoming += piece
                self._peer._stir()
                return len(piece)
            await self._wait()

    async def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """The next bytes; none at the end of the stream."""
        del flags
        await trio.lowlevel.checkpoint()
        while True:
            self._check_open()
            if self._broken:
                raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            if self._incoming:
                data = bytes(self._incoming[:bufsize])
                del self._incoming[:bufsize]
                if self._peer is not None:
                    self._peer._stir()
                return data
            if self._ended:
                return b""
            await self._wait()

    async def wait_writable(self) -> None:
        """Wait until there is room, or nobody to write to."""
        await trio.lowlevel.checkpoint()
        while self._peer is not None and not self._peer._closed and len(self._peer._incoming) >= WINDOW:
            await self._wait()

    def shutdown(self, how: int) -> None:
        """End the stream towards the other end."""
        if how in (socket.SHUT_WR, socket.SHUT_RDWR) and not self._shut:
            self._shut = True
            if self._peer is not None:
                self._peer._ended = True
                self._peer._stir()

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
        if self._peer is not None:
            self._peer._ended = True
            self._peer._broken = self._peer._broken or not self._linger
            self._peer._stir()
        self._stir()

    def _check_open(self) -> None:
        if self._closed:
            raise OSError(errno.EBADF, "Bad file descriptor")

    def _stir(self) -> None:
        self._changed.set()

    async def _wait(self) -> None:
        if self._changed.is_set():
            self._changed = trio.Event()
        await self._changed.wait()
