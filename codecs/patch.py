"""One way to change messages, of which a switch has a few and uses each all the time."""

from __future__ import annotations

from collections.abc import Iterable


class Patch:
    """Which elements get values, and which go; `Message.patched` writes a message so changed.

    Make it once: for each kind of message the code that does it is kept under this very object.

    Args:
        sets: elements that get a value.
        drops: elements that a message may have, and the changed one has not.
    """

    __slots__ = ("drops", "sets")

    def __init__(self, sets: Iterable[int], drops: Iterable[int] = ()) -> None:
        self.sets = tuple(sets)
        self.drops = frozenset(drops) - set(self.sets)

    def __repr__(self) -> str:
        return f"<Patch sets {self.sets}, drops {tuple(sorted(self.drops))}>"
