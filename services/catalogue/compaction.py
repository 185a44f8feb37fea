"""Compacts catalogues while they are served, so that nobody who removes a work waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from catalogue.errors import CatalogueError
from catalogue.shelf import Shelf

_log = logging.getLogger(__name__)

_WAIT_SECONDS: Final = 2.0


class Compaction:
    """Compacts catalogues, each in a thread of its own and one at a time; it may be killed at any moment.

    Args:
        shelf: Where the catalogues are.
        view: Reads a catalogue: afterwards at once, so that no photograph waits for it.
    """

    def __init__(self, shelf: Shelf, view: Callable[[str], object]) -> None:
        self._shelf = shelf
        self._view = view
        self._lock = threading.Lock()
        self._running: set[str] = set()

    def begin(self, name: str) -> None:
        """Begins to compact a catalogue, unless that has been begun; what fails is tried again next time."""
        with self._lock:
            if name in self._running:
                return
            self._running.add(name)
        threading.Thread(target=self._compact, args=(name,), name="compaction", daemon=True).start()

    def _compact(self, name: str) -> None:
        try:
            if self._shelf.compact(name, wait_seconds=_WAIT_SECONDS):
                self._view(name)
        except (CatalogueError, OSError) as error:
            _log.warning("%s is not compacted, which the next change tries again: %s", name, error)
        finally:
            with self._lock:
                self._running.discard(name)
