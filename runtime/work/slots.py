"""A bounded number of slots: past the bound a caller is refused at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused


class Slots:
    """Counts what goes on at the same time; safe between threads, and never waits."""

    def __init__(self, limit: int, occupied: str, share: int = 0) -> None:
        """Sets the bounds.

        Args:
            limit: Number of slots, at least 1.
            occupied: Completes the sentence that a refused caller gets, such as `streams are open`.
            share: Number of slots that one caller may hold; 0 for all of them.
        """
        self._limit = limit
        self._share = share or limit
        self._sentence = f"Too much to do: {{limit}} {occupied}. Try again later."
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many are taken now."""
        with self._lock:
            return self._taken.total()

    def check(self) -> None:
        """Refuses where no slot is free, without holding one.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED.
        """
        if self.taken >= self._limit:
            raise refused(OVERLOADED, self._sentence, limit=self._limit)

    @contextmanager
    def slot(self, caller: str = "") -> Iterator[None]:
        """Holds a slot.

        Args:
            caller: Whose share it counts in.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED when none is free, or the caller holds its share.
        """
        with self._lock:
            if self._taken.total() >= self._limit:
                raise refused(OVERLOADED, self._sentence, limit=self._limit)
            if self._taken[caller] >= self._share:
                raise refused(OVERLOADED, f"For one caller: {self._sentence}", limit=self._share)
            self._taken[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[caller] -= 1
                if not self._taken[caller]:
                    del self._taken[caller]
