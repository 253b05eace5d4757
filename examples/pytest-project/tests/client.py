"""A client of one's own, where your terminal would be: two bytes of length, then ISO 8583:1987 in ASCII."""

import trio

from saklar.codecs import Message, load_dialect

DIALECT = load_dialect("iso87-ascii")


async def ask(port: int, request: dict[str, str]) -> Message:
    """Send a request to the switch, and return its answer."""
    payload = bytes(DIALECT.message(request))
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(len(payload).to_bytes(2, "big") + payload)
        received = b""
        while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2], "big"):
            received += await stream.receive_some()
        return DIALECT.decode(received[2:])
