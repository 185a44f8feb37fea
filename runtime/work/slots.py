"""A bounded number of slots: past the bound a caller is refused at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused


class Slots:
    """Counts what goes on at the same time; safe between threads, and never waits."""

    def __init__(self, limit: int, occupied: str) -> None:
        """Sets the bound.

        Args:
            limit: Number of slots, at least 1.
            occupied: Completes the sentence that a refused caller gets, such as `streams are open`.
        """
        self._limit = limit
        self._sentence = f"Too much to do: {{limit}} {occupied}. Try again later."
        self._lock = threading.Lock()
        self._taken = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Holds a slot.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED when none is free.
        """
        with self._lock:
            if self._taken >= self._limit:
                raise refused(OVERLOADED, self._sentence, limit=self._limit)
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
