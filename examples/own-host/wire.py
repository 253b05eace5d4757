"""ISO 8583:1987 as the host and the terminal beside this file write it.

All is ASCII, bitmaps are in hex, and each message comes after its length in two bytes.
"""

LENGTHS = {2: "LL", 3: 6, 4: 12, 7: 10, 11: 6, 12: 6, 13: 4, 14: 4, 18: 4, 22: 3, 23: 3, 25: 2, 32: "LL", 35: "LL",
           37: 12, 38: 6, 39: 2, 41: 8, 42: 15, 49: 3, 54: "LLL", 63: "LL", 70: 3, 90: 42}  # fmt: skip
"""Characters of each field that is known here; LL and LLL: so many digits in front of it say how many."""


def unpack(text):
    """The type and the fields of a message: one or two bitmaps in hex, then one field after the other."""
    bits, at = f"{int(text[4:20], 16):064b}", 20
    if bits[0] == "1":
        bits, at = f"{int(text[4:36], 16):0128b}", 36
    fields = {}
    for number in (n for n, bit in enumerate(bits, 1) if bit == "1" and n > 1):
        size = LENGTHS[number]
        if isinstance(size, str):
            at, size = at + len(size), int(text[at : at + len(size)])
        fields[number], at = text[at : at + size], at + size
    return text[:4], fields


def pack(mti, fields):
    """A message of this type with these fields."""
    last = 128 if max(fields) > 64 else 64
    bitmap = sum(1 << last - number for number in ({1, *fields} if last == 128 else fields))
    text = f"{mti}{bitmap:0{last // 4}X}"
    for number, value in sorted(fields.items()):
        size = LENGTHS[number]
        text += f"{len(value):0{len(size)}d}{value}" if isinstance(size, str) else value
    return text


def receive(file):
    """The next message, type and fields; None where the connection has ended."""
    head = file.read(2)
    return unpack(file.read(int.from_bytes(head, "big")).decode("ascii")) if len(head) == 2 else None


def send(file, mti, fields):
    """Send a message."""
    data = pack(mti, fields).encode("ascii")
    file.write(len(data).to_bytes(2, "big") + data)
    file.flush()
