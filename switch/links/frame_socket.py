"""Frames over a socket that nobody waits for: what it has is read, what it takes is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from saklar.codecs import FrameDecoder, Framing

READ_SIZE = 64 * 1024
"""Bytes asked of a socket at a time: hundreds of messages, and a bound on what one peer can make us hold."""


class FrameSocket:
    """One socket, which must not block.

    Args:
        descriptor: the socket's.
        framing: how a frame says its length.
        decoder: cuts what is read into frames.
        clock: seconds, for `deadline`.
        frame_timeout_s: seconds that a begun frame may take to become whole; None for ever.
    """

    def __init__(
        self,
        descriptor: int,
        framing: Framing,
        decoder: FrameDecoder,
        clock: Callable[[], float],
        frame_timeout_s: float | None,
    ) -> None:
        self.descriptor = descriptor
        self._framing = framing
        self._decoder = decoder
        self._clock = clock
        self._frame_timeout_s = frame_timeout_s
        self.deadline: float | None = None
        """When a frame that was begun must be whole; nothing is timed out here."""

    def receive(self) -> list[bytes] | None:
        """Every frame made whole by what the socket has, which may be none; None at the end of the stream.

        Raises:
            FrameError: a length that cannot be; frames before it are in the error's `frames`.
            OSError: the connection broke.
        """
        try:
            data = os.read(self.descriptor, READ_SIZE)
        except BlockingIOError:
            return []
        if not data:
            return None
        frames = self._decoder.feed(data)
        if self._frame_timeout_s is None or not self._decoder.buffered:
            self.deadline = None
        elif frames or self.deadline is None:
            self.deadline = self._clock() + self._frame_timeout_s
        return frames

    def send(self, payloads: Iterable[bytes]) -> bytes:
        """Give the network each payload as a frame, as far as it takes them. Returns the bytes that it did not take.

        It is one call of the system, where to wake a task that sends takes several times as long. Nothing else may be
        sending at the time.

        Raises:
            FrameError: a payload is empty or over the framing's maximum; nothing was sent.
            OSError: the connection broke; not a byte of it has left.
        """
        data = self._framing.joined(payloads)
        try:
            taken = os.write(self.descriptor, data)
        except BlockingIOError:
            return data
        return b"" if taken == len(data) else data[taken:]

    def forget(self) -> None:
        """The socket is closed: its descriptor may soon be another's."""
        self.descriptor = -1
