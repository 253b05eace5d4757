"""A simulated issuer that costs as little as can be: it approves everything at once.

A program: `python -m saklar.bench.answerer PORT DIALECT`. It has no accounts and checks nothing, so that what is
measured is what is between it and the load.
"""

from __future__ import annotations

import selectors
import socket
import sys

from saklar.codecs import Dialect, FrameDecoder, Framing, framing, load_dialect, native_response_code
from saklar.codecs.mti import is_request, response_mti
from saklar.switch.engine.messages import answer_to

READ_SIZE = 262_144


class Answerer:
    """Approves what comes on any connection."""

    def __init__(self, dialect: Dialect, rule: Framing) -> None:
        self._dialect = dialect
        self._rule = rule
        self._approved = native_response_code(dialect, "00", "0200")

    def answers(self, frames: list[bytes]) -> bytes:
        """Framed answers to frames."""
        return b"".join([self._rule.encode(self._answer(frame)) for frame in frames])

    def _answer(self, frame: bytes) -> bytes:
        message = self._dialect.decode(frame)
        if not is_request(message.mti):
            return b""
        if message.mti[1] == "8":
            return bytes(answer_to(message, "00"))
        message.mti = response_mti(message.mti)
        message[39] = self._approved
        return bytes(message)

    def serve(self, port: int) -> None:
        """Until killed."""
        selector = selectors.DefaultSelector()
        listener = socket.create_server(("127.0.0.1", port))
        selector.register(listener, selectors.EVENT_READ)
        decoders: dict[socket.socket, FrameDecoder] = {}
        while True:
            for key, _ in selector.select():
                ready = key.fileobj
                assert isinstance(ready, socket.socket)
                if ready is listener:
                    connection, _ = listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(connection, selectors.EVENT_READ)
                    decoders[connection] = self._rule.decoder()
                elif not self._converse(ready, decoders[ready]):
                    selector.unregister(ready)
                    ready.close()
                    del decoders[ready]

    def _converse(self, connection: socket.socket, decoder: FrameDecoder) -> bool:
        try:
            data = connection.recv(READ_SIZE)
            if data:
                connection.sendall(self.answers(decoder.feed(data)))
        except OSError:
            return False
        return bool(data)


if __name__ == "__main__":
    Answerer(load_dialect(sys.argv[2]), framing("binary-2", 65_535)).serve(int(sys.argv[1]))
