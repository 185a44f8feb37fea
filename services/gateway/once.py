"""Computes repeated calls with one request id once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

AnswerT = TypeVar("AnswerT")


class Once(Generic[AnswerT]):
    """Keeps answers by key for some minutes; failures are not kept.

    The work goes on when its caller disconnects, since the caller may come back for the answer.
    """

    def __init__(
        self, lifetime_seconds: float, capacity: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Sets the limits.

        Args:
            lifetime_seconds: Time for which an answer is kept.
            capacity: Number of answers that are kept; the oldest is dropped first.
            clock: Returns seconds of a monotonic clock.
        """
        self._lifetime = lifetime_seconds
        self._capacity = capacity
        self._clock = clock
        self._tasks: OrderedDict[bytes, tuple[float, asyncio.Task[AnswerT]]] = OrderedDict()

    async def answer(self, key: bytes, work: Callable[[], Coroutine[Any, Any, AnswerT]]) -> AnswerT:
        """Returns the kept answer for a key, awaits the one in progress, or starts a new one."""
        self._forget_expired()
        entry = self._tasks.get(key)
        if entry is None or (entry[1].done() and (entry[1].cancelled() or entry[1].exception() is not None)):
            entry = (self._clock() + self._lifetime, asyncio.create_task(work()))
            self._tasks[key] = entry
            self._tasks.move_to_end(key)
        return await asyncio.shield(entry[1])

    def _forget_expired(self) -> None:
        now = self._clock()
        while self._tasks:
            key, (expires, task) = next(iter(self._tasks.items()))
            if len(self._tasks) < self._capacity and (expires > now or not task.done()):
                return
            del self._tasks[key]
