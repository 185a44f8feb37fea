"""A cache of the bytes of works; it is never outdated, since a number never means another work."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable


class WorkCache:
    """The bytes of the works that were used last (LRU), up to a bound. Safe to share between threads.

    Args:
        most_bytes: Bytes that are cached at most.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, number: int) -> bytes | None:
        """Returns the bytes of a work; None where they are not cached."""
        with self._lock:
            found = self._entries.get(number)
            if found is not None:
                self._entries.move_to_end(number)
            return found

    def put(self, found: Iterable[tuple[int, bytes]]) -> None:
        """Caches bytes by number of work, and drops those that were not used for longest."""
        with self._lock:
            for number, content in found:
                before = self._entries.pop(number, b"")
                self._entries[number] = content
                self._bytes += len(content) - len(before)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._entries.popitem(last=False)[1])

    def fetch(
        self, numbers: set[int], read: Callable[[list[int]], Iterable[tuple[int, bytes]]]
    ) -> dict[int, bytes]:
        """Returns the bytes of works; what is not cached is read, and cached.

        Args:
            numbers: Of the works.
            read: Reads those that are missing, with their numbers; a changed work has another by now.
        """
        found = {each: content for each in numbers if (content := self.get(each)) is not None}
        missing = numbers - found.keys()
        if missing:
            new = list(read(list(missing)))
            self.put(new)
            found |= {each: content for each, content in new if each in missing}
        return found
