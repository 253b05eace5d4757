"""When Python looks for garbage in cycles, in a process that remembers a hundred thousand transactions.

Left to itself the collector goes through them again and again, and finds nothing: they are in no cycles, and are freed
when they are forgotten. Without that the switch does some 15 % more transactions a second (measured on one core, strict
journal, 200 requests in flight). So young objects are looked at, a thousand at a time, what survives is set aside,
and everything is looked at only now and then.
"""

import gc

import trio

YOUNG = 1_000
"""New objects after which they are looked at: few, so that nobody waits for it long. With 5,000 it was 1.3 ms each
time, at half load several times a second; all that a second has left, looked at in one go, was some 25 ms."""

NEVER = 1_000_000_000

ASIDE_EVERY_S = 1.0

ALL_EVERY = 600
"""Of these rounds, at the least, between two looks at everything: ten minutes. It takes a quarter of a second with a
hundred thousand transactions. All that comes meanwhile is held at once then, and the process stays that much larger
(3 % at 20,000 a second)."""

ENDED = 10_000
"""Tasks that must have ended for it. A connection that ends leaves cycles that only such a look finds, but few: 6,000
that came and went left 0.4 KiB each. A switch that passes messages makes no others."""


class _Ended(trio.abc.Instrument):
    """How many tasks have ended. trio calls an instrument for what it overrides, and for nothing else."""

    def __init__(self) -> None:
        self.count = 0

    def task_exited(self, task: trio.lowlevel.Task) -> None:  # noqa: ARG002 (as trio has it)
        self.count += 1


async def collect_seldom() -> None:
    """Do so until cancelled; afterwards everything is as it was."""
    before, ended = gc.get_threshold(), _Ended()
    gc.set_threshold(YOUNG, NEVER, NEVER)
    trio.lowlevel.add_instrument(ended)
    try:
        rounds = 0
        while True:
            await trio.sleep(ASIDE_EVERY_S)
            rounds += 1
            if rounds >= ALL_EVERY and ended.count >= ENDED:
                rounds, ended.count = 0, 0
                gc.unfreeze()
                gc.collect()
            gc.freeze()
    finally:
        trio.lowlevel.remove_instrument(ended)
        gc.unfreeze()
        gc.set_threshold(*before)
