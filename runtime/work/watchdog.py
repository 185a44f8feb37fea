"""Watches whether admitted work moves: a service whose workers hang must not be sent more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS: Final = 1.0
"""Between two looks."""


@contextmanager
def watchdog(
    stalled_seconds: Callable[[], float], limit_seconds: float, tell: Callable[[bool], None]
) -> Iterator[None]:
    """Looks regularly while inside.

    Args:
        stalled_seconds: Time for which there has been work, and none of it began or ended. A collection of
            many pictures moves with each of them.
        limit_seconds: How long that may be.
        tell: Called with False when it is longer, and with True when work moves again.
    """
    ended = threading.Event()

    def watch() -> None:
        moves = True
        while not ended.wait(min(LONGEST_PAUSE_SECONDS, limit_seconds / 4)):
            stalled = stalled_seconds()
            if moves != (stalled <= limit_seconds):
                moves = not moves
                if moves:
                    _log.warning("work moves again")
                else:
                    _log.error("no work began or ended for %.0f s: not ready until it moves again", stalled)
                tell(moves)

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
