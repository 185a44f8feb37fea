"""Notifies idle streams when the process is about to stop, so that they do not delay it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runtime.reasons.calls import SHUTTING_DOWN
from runtime.reasons.reason import refused
from runtime.status import StatusError


class Closing:
    """A flag that is set once and notifies those who wait; safe between threads.

    Attributes:
        is_set: Whether the process is about to stop.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []

    def close(self) -> None:
        """Sets the flag and notifies those who wait."""
        with self._lock:
            self.is_set = True
            waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()

    @contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Calls `tell` when the flag is set while inside; at once where it is set already."""
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
    """Makes the error that stream callers get when the server shuts down."""
    return refused(SHUTTING_DOWN)
