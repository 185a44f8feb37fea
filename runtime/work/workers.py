"""The few threads that do the work of a process, for unary calls and for items of streams in turn."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class Workers:
    """Threads with two queues before them; whenever both hold work, they are served in turn.

    Decoders and malloc keep memory for every thread that ever used them. A hundred threads that wait for
    their callers must not each become one of those, so that all work is done here. Nothing waits for a
    worker while it holds something that a worker may wait for: the threads are the only bound.

    Attributes:
        count: Number of threads.
    """

    def __init__(self, count: int) -> None:
        """Starts the threads."""
        self.count = count
        self._changed = threading.Condition()
        self._calls: OrderedDict[Future[Any], Callable[[], Any]] = OrderedDict()
        self._items: OrderedDict[Future[Any], Callable[[], Any]] = OrderedDict()
        self._running = 0
        self._moved = 0.0
        self._closed = False
        for number in range(count):
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True).start()

    def submit(self, work: Callable[[], ResultT], *, is_item: bool) -> Future[ResultT]:
        """Queues work.

        Args:
            work: May raise; the future hands it on.
            is_item: Whether it is an item of a stream; else it is a unary call.
        """
        future: Future[ResultT] = Future()
        with self._changed:
            if not self._is_busy:
                self._moved = time.monotonic()
            (self._items if is_item else self._calls)[future] = work
            self._changed.notify()
        return future

    def cancel(self, future: Future[Any]) -> None:
        """Takes work out of its queue; work that has begun goes on."""
        with self._changed:
            waited = self._calls.pop(future, None) or self._items.pop(future, None)
        if waited is not None:
            future.cancel()

    def stalled_seconds(self) -> float:
        """Seconds since work last began or ended, while there is some; 0 when there is none."""
        with self._changed:
            return time.monotonic() - self._moved if self._is_busy else 0.0

    def close(self) -> None:
        """Drops what waits, and ends the threads when they are done."""
        with self._changed:
            self._closed = True
            waiting = [*self._calls, *self._items]
            self._changed.notify_all()
        for future in waiting:
            self.cancel(future)

    @property
    def _is_busy(self) -> bool:
        return bool(self._running or self._calls or self._items)

    def _work(self) -> None:
        items_first = False
        while (taken := self._take(items_first=items_first)) is not None:
            _finish(*taken)
            del taken  # not kept until the next one comes: it may hold a picture
            items_first = not items_first
            with self._changed:
                self._running -= 1
                self._moved = time.monotonic()

    def _take(self, *, items_first: bool) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._calls or self._items)
            if self._closed:
                return None
            first, second = (self._items, self._calls) if items_first else (self._calls, self._items)
            self._running += 1
            self._moved = time.monotonic()
            return (first or second).popitem(last=False)


def _finish(future: Future[ResultT], work: Callable[[], ResultT]) -> None:
    future.set_running_or_notify_cancel()
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  # whatever it was, whoever waits gets it
        future.set_exception(error)
        # The error holds this frame: a cycle would keep the picture until garbage is collected.
        del future, work
    else:
        future.set_result(result)
