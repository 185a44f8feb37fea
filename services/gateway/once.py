"""Computes the answer to repeated calls with one request id once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, TypeVar

from runtime.reasons.calls import DEADLINE_EXCEEDED
from runtime.reasons.reason import refused
from runtime.status import StatusError
from services.gateway.deadline import Deadline

AnswerT = TypeVar("AnswerT")


class Once(Generic[AnswerT]):
    """Keeps answers by key for some minutes; failures are not kept.

    Each caller waits for its own time. The work goes on when its caller disconnects or gives up, since the
    caller may come back for the answer.
    """

    def __init__(
        self,
        lifetime_seconds: float,
        capacity: int,
        most_bytes: int,
        size_of: Callable[[AnswerT], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Sets the limits.

        Args:
            lifetime_seconds: Time for which an answer is kept.
            capacity: Number of answers that are kept; the oldest is dropped first.
            most_bytes: Bytes of all kept answers together; the oldest is dropped first.
            size_of: Returns the bytes of an answer: one with all that its labels mean may be a mebibyte.
            clock: Returns seconds of a monotonic clock.
        """
        self._lifetime = lifetime_seconds
        self._capacity = capacity
        self._most_bytes = most_bytes
        self._size_of = size_of
        self._clock = clock
        self._sizes: dict[bytes, int] = {}
        self._tasks: OrderedDict[bytes, tuple[float, asyncio.Task[AnswerT]]] = OrderedDict()
        self._running: set[asyncio.Task[AnswerT]] = set()

    async def answer(
        self, key: bytes, work: Callable[[], Coroutine[Any, Any, AnswerT]], deadline: Deadline
    ) -> AnswerT:
        """Returns the kept answer for a key, awaits the one in progress, or starts a new one.

        Args:
            key: Equal for calls with the same answer.
            work: Computes the answer, by a deadline of its own.
            deadline: Until when this caller waits.

        Raises:
            StatusError: DEADLINE_EXCEEDED, or as `work`.
        """
        while True:
            task = self._task(key)
            begins = task is None
            if task is None:
                task = self._begin(key, work)
            await asyncio.wait({task}, timeout=None if task.done() else deadline.left())
            if not task.done():
                raise refused(DEADLINE_EXCEEDED)
            try:
                return task.result()
            except StatusError as error:
                # Another caller's work ran out of its time. This caller has more: try again for it.
                if begins or error.reason != DEADLINE_EXCEEDED.name:
                    raise
            deadline.left()

    def _task(self, key: bytes) -> asyncio.Task[AnswerT] | None:
        self._forget(lambda expires, task: expires <= self._clock() and task.done())
        _, task = self._tasks.get(key, (0.0, None))
        if task is not None and task.done() and (task.cancelled() or task.exception() is not None):
            return None
        return task

    def _begin(self, key: bytes, work: Callable[[], Coroutine[Any, Any, AnswerT]]) -> asyncio.Task[AnswerT]:
        self._drop(key)
        self._forget(lambda *_: len(self._tasks) >= self._capacity)
        task = asyncio.create_task(work())
        self._tasks[key] = (self._clock() + self._lifetime, task)
        self._running.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(partial(self._done, key))
        return task

    def _done(self, key: bytes, task: asyncio.Task[AnswerT]) -> None:
        self._running.discard(task)
        _, kept = self._tasks.get(key, (0.0, None))
        # The exception is seen here, although nobody may be waiting for it any more.
        if task.cancelled() or task.exception() is not None or kept is not task:
            return
        self._sizes[key] = self._size_of(task.result())
        while sum(self._sizes.values()) > self._most_bytes:
            self._drop(next(each for each in self._tasks if each in self._sizes))

    def _drop(self, key: bytes) -> None:
        self._tasks.pop(key, None)
        self._sizes.pop(key, None)

    def _forget(self, is_over: Callable[[float, asyncio.Task[AnswerT]], bool]) -> None:
        """Forgets entries from the oldest on, as long as they are over."""
        while self._tasks:
            key, entry = next(iter(self._tasks.items()))
            if not is_over(*entry):
                return
            self._drop(key)
