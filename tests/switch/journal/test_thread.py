"""The thread for calls that block."""

import threading

import pytest
import trio
import trio.testing

from saklar.switch.journal.thread import CallThread


async def test_calls_are_made_in_one_other_thread():
    with CallThread("of calls") as thread:
        names = [await thread.call(lambda: threading.current_thread().name) for _ in range(3)]
    assert names == ["of calls"] * 3


async def test_what_is_raised_there_is_raised_here():
    with CallThread("t") as thread:
        with pytest.raises(ZeroDivisionError):
            await thread.call(lambda: 1 // 0)
        assert await thread.call(lambda: 1) == 1


async def test_meanwhile_others_go_on():
    gate = threading.Event()
    with CallThread("t") as thread:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(thread.call, gate.wait)
            await trio.testing.wait_all_tasks_blocked()
            gate.set()


async def test_a_call_that_has_begun_is_waited_for_when_its_caller_is_cancelled():
    gate, done = threading.Event(), []

    def call():
        gate.wait(10)
        done.append(True)

    with CallThread("t") as thread, trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(thread.call, call)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
            gate.set()
    assert done == [True]


async def test_at_the_end_the_thread_ends():
    with CallThread("t") as thread:
        await thread.call(int)
    assert not thread._thread.is_alive()


def test_the_end_of_a_call_can_be_waited_for_without_trio():
    with CallThread("t") as thread:
        thread.start(lambda: 7)
        assert thread.wait(5)
        assert thread.result() == 7


def test_such_a_wait_ends_after_its_limit():
    gate = threading.Event()
    with CallThread("t") as thread:
        thread.start(lambda: gate.wait(10))
        assert not thread.wait(0.001)
        gate.set()
        assert thread.wait(5)
        thread.result()


def test_a_call_that_takes_long_is_waited_for_asleep():
    gate = threading.Event()
    with CallThread("t") as thread:
        thread.start(lambda: gate.wait(10))
        threading.Timer(0.02, gate.set).start()
        assert thread.wait(5)
        thread.result()
