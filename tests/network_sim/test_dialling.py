"""Why a connection cannot be opened is said."""

import socket

import pytest
import trio

from saklar.network_sim.dialling import Unreachable, dial
from saklar.switch.links import Address


async def test_a_port_that_nobody_listens_on_refuses():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match=r"^connection refused$"):
            await dial(Address("127.0.0.1", taken.getsockname()[1]), 5.0)


async def test_a_host_that_does_not_answer_is_waited_for_so_long(monkeypatch, autojump_clock):
    async def nothing(_host, _port):
        await trio.sleep_forever()

    monkeypatch.setattr(trio, "open_tcp_stream", nothing)
    with pytest.raises(Unreachable, match=r"^no answer within 5 s$"):
        await dial(Address("192.0.2.1", 1), 5.0)


async def test_a_name_that_nobody_has_is_said_to_be_one(monkeypatch):
    async def unknown(_host, _port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(trio, "open_tcp_stream", unknown)
    with pytest.raises(Unreachable, match=r"^name or service not known$"):
        await dial(Address("no.such.host", 1), 5.0)
