"""Ends networks that are trained in other threads, when the training as a whole ends early."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PATIENCE_S: Final = 10.0


class Halted(Exception):
    """A network was told to end; nobody waits for its answer."""


class Halt:
    """Tells networks to end, and waits for them: PyTorch must not run while Python shuts down."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._changed = threading.Condition()
        self._running = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts a network in training as long as it is entered."""
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def check(self) -> None:
        """Ends the network that calls it, where all are to end.

        Raises:
            Halted: In that case.
        """
        if self._asked.is_set():
            raise Halted

    @contextmanager
    def at_errors(self) -> Iterator[None]:
        """Ends all networks where what is inside raises, also when it is interrupted."""
        try:
            yield
        except BaseException:
            self._asked.set()
            with self._changed:
                self._changed.wait_for(lambda: not self._running, _PATIENCE_S)
            raise
