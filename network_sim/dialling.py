"""Opening a connection to somebody who may not be there, and saying why it cannot be opened."""

from __future__ import annotations

import os

import trio

from saklar.switch.links import Address


class Unreachable(Exception):
    """There is no connection; `str()` says why, as in `connection refused`."""


async def dial(address: Address, within_s: float) -> trio.SocketStream:
    """Open a connection, in so many seconds.

    Raises:
        Unreachable: it cannot be.
    """
    try:
        with trio.fail_after(within_s):
            return await trio.open_tcp_stream(address.host, address.port)
    except trio.TooSlowError:
        raise Unreachable(f"no answer within {within_s:g} s") from None
    except OSError as error:
        raise Unreachable(_reason(error)) from None


def _reason(error: OSError) -> str:
    """What the first attempt met: trio says of all of them only that they failed, and has them as its cause."""
    cause = error.__cause__
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    first = cause if isinstance(cause, OSError) else error
    if first.errno is not None and first.errno > 0:  # the numbers of name resolution are others
        return os.strerror(first.errno).lower()
    return (first.strerror or str(first)).lower()
