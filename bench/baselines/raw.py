"""The ceiling: a relay that matches answers by DE 11 at an offset, and parses, keeps and checks nothing else.

For messages of `iso87-ascii` with a two-byte length whose elements before DE 11 are 2, 3, 4 and 7. It is what trio
costs: a read, a plain loop and a write for what came together.
"""

from saklar.bench.baselines.relay import Peer, Relay, main

PAN_LENGTH_AT = 2 + 4 + 16
"""Behind the length, the MTI and a bitmap of 16 hex digits."""

BEHIND_PAN = 6 + 12 + 10
"""DE 3, 4 and 7."""


def stan_of(frame: bytes) -> bytes:
    """DE 11 of a frame."""
    at = PAN_LENGTH_AT + 2 + int(frame[PAN_LENGTH_AT : PAN_LENGTH_AT + 2]) + BEHIND_PAN
    return frame[at : at + 6]


class RawRelay(Relay):
    """Passes bytes on as they are."""

    def __init__(self) -> None:
        super().__init__()
        self._out: dict[bytes, Peer] = {}

    def request(self, frame: bytes, acquirer: Peer) -> bytes:
        """Remember whose it is."""
        self._out[stan_of(frame)] = acquirer
        return frame

    def answer(self, frame: bytes) -> tuple[Peer, bytes] | None:
        """Find whose it is."""
        acquirer = self._out.pop(stan_of(frame), None)
        return None if acquirer is None else (acquirer, frame)


if __name__ == "__main__":
    main(RawRelay())
