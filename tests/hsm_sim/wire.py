"""Frames of host commands, as a client writes and reads them."""


def frame(payload):
    return len(payload).to_bytes(2, "big") + payload


async def read_frame(stream):
    """The next frame's content, or None at the end."""
    data = bytearray()
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        chunk = await stream.receive_some(1)
        if not chunk:
            return None
        data += chunk
    return bytes(data[2:])


async def ask(stream, command=b"B20002OK"):
    """The response to a command, or None."""
    await stream.send_all(frame(b"0001" + command))
    response = await read_frame(stream)
    return None if response is None else response[4:]
