"""Which request is next, and on which connection: decided before, whatever the target does."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, cycle
from typing import TypeVar

Item = TypeVar("Item")

FEWEST_DRAWN = 1_000
"""Draws in a round of `by_weight`."""

DRAWN_PER_ITEM = 4


def by_weight(items: Sequence[tuple[Item, float]], rng: random.Random) -> Iterator[Item]:
    """Items in a mixed order in which each comes as often as its weight says, without end."""
    if len(items) == 1:
        return cycle([items[0][0]])
    count = max(FEWEST_DRAWN, DRAWN_PER_ITEM * len(items))
    drawn = list(_evenly(items, count))
    rng.shuffle(drawn)
    return cycle(drawn)


def _evenly(items: Sequence[tuple[Item, float]], count: int) -> Iterator[Item]:
    """So many items, each of them its share of times, up to one more or less."""
    total = sum(weight for _, weight in items)
    ends = [round(end / total * count) for end in accumulate(weight for _, weight in items)]
    for (item, _), begin, end in zip(items, [0, *ends], ends, strict=False):
        for _ in range(begin, end):
            yield item
