"""Bytes of works that were read lately: a number never means anything else, so they cannot be outdated."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable


class Kept:
    """The bytes that were asked for last, up to a bound. Safe to share between threads.

    Args:
        most_bytes: The bound.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._all: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, number: int) -> bytes | None:
        """Returns what is kept of a work; None for nothing."""
        with self._lock:
            found = self._all.get(number)
            if found is not None:
                self._all.move_to_end(number)
            return found

    def keep(self, found: Iterable[tuple[int, bytes]]) -> None:
        """Keeps bytes, and forgets those that were not asked for longest."""
        with self._lock:
            for number, content in found:
                before = self._all.pop(number, b"")
                self._all[number] = content
                self._bytes += len(content) - len(before)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._all.popitem(last=False)[1])
