"""Running a service from the command line: until a signal, and with an end that a shell understands."""

import errno
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import trio

from saklar.cli.garbage import collect_seldom
from saklar.switch.links import Address

BAD_INPUT = 2
"""Exit code for what the user can mend: a file, an address, an argument."""


Kind = type[Exception] | tuple[type[Exception], ...]


def fail(message: str) -> SystemExit:
    """Say what is wrong on standard error; raise the result."""
    print(f"saklar: {message}", file=sys.stderr)  # noqa: T201
    return SystemExit(BAD_INPUT)


@contextmanager
def failing(kind: Kind, message: Callable[[BaseException], str]) -> Iterator[None]:
    """The end of the program, with that message, if the block raises errors of that kind, alone or in groups.

    Not `except*`: what is raised within that comes as a group of its own in CPython 3.11.2, which is Debian 12's.
    """
    try:
        yield
    except kind as error:
        raise fail(message(error)) from None
    except BaseExceptionGroup as group:
        found, rest = group.split(kind)
        if found is None or rest is not None:
            raise
        raise fail(message(found)) from None


def reason_of(error: BaseException) -> str:
    """What an error, or the first one in a group, says to people."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return "the port is in use"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)


def address_option(option: str, text: str) -> Address:
    """An address given as an option, or the end of the program with what is wrong with it."""
    try:
        return Address.parse(text)
    except ValueError as error:
        raise fail(f"{option}: {error}") from None


async def until_signalled(stop: Callable[[], None]) -> None:
    """Call `stop` at the first SIGINT or SIGTERM; a second one ends the program as it ends any."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            stop()
            return


async def run_until_signalled(main: Callable[[], Awaitable[None]], stop: Callable[[], None]) -> None:
    """Run `main`, asking it to `stop` when a signal comes."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(until_signalled, stop)
        nursery.start_soon(collect_seldom)
        await main()
        nursery.cancel_scope.cancel()
