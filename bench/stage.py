"""A target that is measured several times: it keeps running, until somebody wants a fresh one."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from saklar.bench.contenders import Contender
from saklar.bench.targets.arena import Running


class Stage:
    """Starts a contender when it is needed, and ends it with the block."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self._stack = ExitStack()
        self._running: Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.renew()

    def running(self) -> Running:
        """The target.

        Raises:
            OSError: it does not start.
        """
        if self._running is None:
            self._running = self._stack.enter_context(self.contender.start())
        return self._running

    def renew(self) -> None:
        """End it: the next one is a fresh one, without what an overload has left behind."""
        self._running = None
        self._stack.close()
