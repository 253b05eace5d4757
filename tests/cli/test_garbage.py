"""The collector is put off while a service runs, and back on afterwards."""

import gc

import trio

from saklar.cli import garbage
from saklar.cli.garbage import collect_seldom


class Cycle:
    alive = 0

    def __init__(self):
        self.itself = self
        Cycle.alive += 1

    def __del__(self):
        Cycle.alive -= 1


async def run_for(seconds):
    with trio.move_on_after(seconds):
        await collect_seldom()


async def test_young_cycles_are_found(autojump_clock):
    before = gc.get_threshold()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_for, 3)
        await trio.sleep(0.5)
        assert gc.get_threshold() != before
        Cycle()
        kept = [[] for _ in range(2 * garbage.YOUNG)]
        assert Cycle.alive == 0
        del kept
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


async def test_what_is_old_is_set_aside(autojump_clock):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_for, 3)
        await trio.sleep(1.5)
        assert gc.get_freeze_count() > 0


async def cycles_after(nursery, *, tasks):
    """How many are alive in time, of one that became garbage after it was set aside, if so many tasks have ended."""
    kept = Cycle()
    nursery.start_soon(run_for, 5)
    await trio.sleep(1.5)  # it is set aside by now
    del kept
    for _ in range(tasks):
        nursery.start_soon(trio.lowlevel.checkpoint)
    await trio.sleep(3)
    return Cycle.alive


async def test_old_cycles_are_found_in_time_after_many_tasks_have_ended(autojump_clock, monkeypatch):
    monkeypatch.setattr(garbage, "ALL_EVERY", 3)
    async with trio.open_nursery() as nursery:
        assert await cycles_after(nursery, tasks=garbage.ENDED) == 0


async def test_old_objects_are_not_looked_at_while_few_tasks_have_ended(autojump_clock, monkeypatch):
    monkeypatch.setattr(garbage, "ALL_EVERY", 3)
    async with trio.open_nursery() as nursery:
        assert await cycles_after(nursery, tasks=garbage.ENDED // 2) == 1
    gc.collect()
