"""The network in memory and the clock that jumps: they do as the operating system's do."""

import time
from contextlib import asynccontextmanager

import pytest
import trio

from saklar.network_sim.virtual import VirtualClock, use_virtual_network
from saklar.switch.journal.thread import CallThread


def virtually(main):
    """Run in virtual time, on a virtual network."""

    async def run():
        use_virtual_network()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.current_clock().drive)
            result = await main()
            nursery.cancel_scope.cancel()
        return result

    return trio.run(run, clock=VirtualClock(CallThread.any_busy))


@asynccontextmanager
async def pair():
    """Two connected streams."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    client = await trio.open_tcp_stream(*listener.socket.getsockname())
    server = await listener.accept()
    async with listener, client, server:
        yield client, server


def test_a_long_sleep_takes_no_time():
    async def main():
        began = trio.current_time()
        await trio.sleep(3600)
        return trio.current_time() - began

    before = time.monotonic()
    assert virtually(main) == pytest.approx(3600)
    assert time.monotonic() - before < 60


def test_time_stands_still_while_a_thread_is_at_work():
    async def main():
        with trio.move_on_after(0.001) as scope:
            await trio.to_thread.run_sync(time.sleep, 0.05)
        return scope.cancelled_caught

    assert virtually(main) is False


def test_time_stands_still_while_a_task_waits_for_a_thread_of_its_own():
    happened = []

    async def work():
        with CallThread("test") as thread:
            await thread.call(lambda: time.sleep(0.05))
        happened.append("worked")

    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await trio.sleep(0.001)
            happened.append("slept")

    virtually(main)
    assert happened == ["worked", "slept"]


def test_bytes_arrive_in_order_and_the_end_is_seen():
    async def main():
        async with pair() as (client, server):
            await client.send_all(b"one")
            await client.send_all(b"two")
            await client.aclose()
            data = b""
            while piece := await server.receive_some():
                data += piece
            return data

    assert virtually(main) == b"onetwo"


def test_who_does_not_read_stops_who_writes():
    async def main():
        async with pair() as (client, _):
            with trio.move_on_after(5) as scope:
                await client.send_all(bytes(10_000_000))
            return scope.cancelled_caught

    assert virtually(main)


def test_a_port_is_taken_once():
    async def main():
        (listener,) = await trio.open_tcp_listeners(8583, host="127.0.0.1")
        with pytest.raises(OSError, match="in use"):
            await trio.open_tcp_listeners(8583, host="127.0.0.1")
        await listener.aclose()
        await trio.open_tcp_listeners(8583, host="127.0.0.1")

    virtually(main)


def test_where_nobody_listens_nobody_connects():
    async def main():
        with pytest.raises(OSError):
            await trio.open_tcp_stream("127.0.0.1", 9)

    virtually(main)


def test_a_closed_end_breaks_the_other_ends_writing():
    async def main():
        async with pair() as (client, server):
            await server.aclose()
            with pytest.raises(trio.BrokenResourceError):
                await client.send_all(b"x")

    virtually(main)


def test_closing_wakes_who_reads():
    async def main():
        async with pair() as (client, _), trio.open_nursery() as nursery:

            async def close():
                await client.aclose()

            nursery.start_soon(close)
            with pytest.raises(trio.ClosedResourceError):
                await client.receive_some()

    virtually(main)
