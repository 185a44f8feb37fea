"""Being about to stop: whatever only waits for its caller is told, and does not hold the process up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runtime.reasons.calls import SHUTTING_DOWN
from runtime.reasons.reason import refused
from runtime.status import StatusError


class Closing:
    """Is closed once; safe between threads.

    Attributes:
        is_set: Whether the process is about to stop.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []

    def close(self) -> None:
        """Tells everybody who waits."""
        with self._lock:
            self.is_set = True
            waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()

    @contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Inside, `tell` is called when the process is about to stop; at once where it is already."""
        with self._lock:
            late = self.is_set
            if not late:
                self._waiting.append(tell)
        if late:
            tell()
        try:
            yield
        finally:
            with self._lock:
                if tell in self._waiting:
                    self._waiting.remove(tell)


def shutting_down() -> StatusError:
    """What the caller of a stream is told whose server goes."""
    return refused(SHUTTING_DOWN)
