"""Who works now, who waits, and who is told at once that there is too much to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from runtime.reasons.calls import CALLER_LEFT, DEADLINE_EXCEEDED, OVERLOADED
from runtime.reasons.reason import refused
from runtime.status import StatusError


class Admission:
    """A bounded queue before a bounded number of workers.

    Waiting calls hold no processor. A caller that went away, or whose deadline passed while it
    waited, is dropped before any work is done for it.
    """

    def __init__(self, workers: int, queue: int) -> None:
        """Sets the bounds.

        Args:
            workers: Calls that work at the same time, at least 1.
            queue: Calls that may wait beside them, at least 0.
        """
        self.workers = workers
        self.queue = queue
        self._free = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._admitted = 0

    @contextmanager
    def slot(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Waits for a worker and holds it.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED at once when the queue is full; CANCELLED or
                DEADLINE_EXCEEDED when the caller no longer waits.
        """
        self._enter()
        try:
            with self.turn(context):
                yield
        finally:
            with self._lock:
                self._admitted -= 1

    @contextmanager
    def turn(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Waits for a worker without a place in the queue: for items of a stream, which wait in it."""
        remaining = context.time_remaining()
        if not self._free.acquire(timeout=None if remaining is None else min(remaining, 3600.0)):
            raise _expired()
        try:
            if not context.is_active():
                raise refused(CALLER_LEFT)
            yield
        finally:
            self._free.release()

    def _enter(self) -> None:
        with self._lock:
            if self._admitted >= self.workers + self.queue:
                raise refused(
                    OVERLOADED,
                    "Too much to do: {workers} calls run and {queue} wait. Try again later.",
                    workers=self.workers,
                    queue=self.queue,
                )
            self._admitted += 1


def check_active(context: grpc.ServicerContext) -> None:
    """Stops between two stages when nobody waits for the answer any more.

    Raises:
        StatusError: CANCELLED, or DEADLINE_EXCEEDED when the time is up.
    """
    remaining = context.time_remaining()
    if remaining is not None and remaining <= 0:
        raise _expired()
    if not context.is_active():
        raise refused(CALLER_LEFT)


def _expired() -> StatusError:
    return refused(DEADLINE_EXCEEDED)
