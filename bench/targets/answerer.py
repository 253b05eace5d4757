"""A simulated issuer that costs as little as can be: it approves everything at once.

A program: `python -m saklar.bench.targets.answerer PORT DIALECT [FRAMING]`. It has no accounts and checks nothing, so
that what is measured is what is between it and the load.
"""

from __future__ import annotations

import select
import socket
import sys

from saklar.bench.targets.approver import Approver
from saklar.codecs import CodecError, Dialect, FrameError, Framing, load_dialect
from saklar.switch.link_table import link_framing

READ_SIZE = 262_144
MAX_FRAME = 65_535


class Answerer:
    """Approves what comes on any connection."""

    def __init__(self, dialect: Dialect, rule: Framing) -> None:
        self._dialect = dialect
        self._rule = rule

    def serve(self, port: int) -> None:
        """Until killed."""
        poll = select.epoll()
        listener = socket.create_server(("127.0.0.1", port))
        poll.register(listener, select.EPOLLIN)
        peers: dict[int, tuple[socket.socket, Approver]] = {}
        while True:
            for fd, _ in poll.poll():
                if fd == listener.fileno():
                    connection, _ = listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    poll.register(connection, select.EPOLLIN)
                    peers[connection.fileno()] = connection, Approver(self._dialect, self._rule)
                elif not _converse(*peers[fd]):
                    poll.unregister(fd)
                    peers.pop(fd)[0].close()


def _converse(connection: socket.socket, approver: Approver) -> bool:
    """Answer what came; false at the end of the connection, which a peer that talks nonsense brings about too."""
    try:
        data = connection.recv(READ_SIZE)
        answers = approver.answers(data)
        if answers:
            connection.sendall(answers)
    except (OSError, CodecError, FrameError):
        return False
    return bool(data)


if __name__ == "__main__":
    rule = link_framing(sys.argv[3] if len(sys.argv) > 3 else "binary-2", sys.argv[2], MAX_FRAME)
    Answerer(load_dialect(sys.argv[2]), rule).serve(int(sys.argv[1]))
