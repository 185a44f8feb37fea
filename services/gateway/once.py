"""Repeated calls with one id are computed once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

AnswerT = TypeVar("AnswerT")


class Once(Generic[AnswerT]):
    """Answers by key, kept for some minutes; failures are not kept.

    A caller who leaves does not stop the work of a call that has an id: it may come back for the answer.
    """

    def __init__(
        self, lifetime_seconds: float, capacity: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Sets the bounds.

        Args:
            lifetime_seconds: Time for which an answer is kept.
            capacity: Answers that are kept; the oldest goes first.
            clock: Seconds on any steady clock.
        """
        self._lifetime = lifetime_seconds
        self._capacity = capacity
        self._clock = clock
        self._tasks: OrderedDict[bytes, tuple[float, asyncio.Task[AnswerT]]] = OrderedDict()

    async def answer(self, key: bytes, work: Callable[[], Coroutine[Any, Any, AnswerT]]) -> AnswerT:
        """The answer for a key: the one there is, the one in work, or a new one."""
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
