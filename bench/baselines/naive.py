"""The floor: a relay that decodes each message with pyiso8583, gives it its own STAN, and encodes it, both ways."""

from typing import Any

import iso8583
from iso8583.specs import default_ascii

from saklar.bench.baselines.relay import Peer, Relay, main

LAST_STAN = 999_999


class NaiveRelay(Relay):
    """Remaps STANs, and does nothing else that a switch does."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._out: dict[str, tuple[Peer, str]] = {}

    def request(self, frame: bytes, acquirer: Peer) -> bytes:
        """Under a STAN of its own."""
        message, _ = iso8583.decode(frame[2:], default_ascii)
        self._count = self._count % LAST_STAN + 1
        stan = f"{self._count:06d}"
        self._out[stan] = (acquirer, message["11"])
        message["11"] = stan
        return _framed(message)

    def answer(self, frame: bytes) -> tuple[Peer, bytes] | None:
        """Under the acquirer's STAN."""
        message, _ = iso8583.decode(frame[2:], default_ascii)
        found = self._out.pop(message["11"], None)
        if found is None:
            return None
        acquirer, message["11"] = found
        return acquirer, _framed(message)


def _framed(message: dict[str, Any]) -> bytes:
    encoded, _ = iso8583.encode(message, default_ascii)
    return len(encoded).to_bytes(2, "big") + bytes(encoded)


if __name__ == "__main__":
    main(NaiveRelay())
