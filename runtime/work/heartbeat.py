"""Watches an event loop: what blocks it holds up every call at once, health checks too."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Gauge

_log = logging.getLogger(__name__)

LONGEST_BLOCK_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 1.0

LAG = Gauge("lienzo_event_loop_lag_seconds", "Time that the event loop last took to get to new work.")


@contextmanager
def heartbeat(
    limit_seconds: float = LONGEST_BLOCK_SECONDS, pause_seconds: float = PAUSE_SECONDS
) -> Iterator[None]:
    """Asks the running loop for a sign of life regularly while inside, from a thread of its own.

    Where none comes in time, it logs what the loop is doing: a loop that hangs cannot tell by itself, and
    health checks only see that nobody answers.

    Args:
        limit_seconds: How long a sign may take.
        pause_seconds: Between two.
    """
    loop, blocked = asyncio.get_running_loop(), threading.get_ident()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(pause_seconds):
            alive, began = threading.Event(), loop.time()
            loop.call_soon_threadsafe(alive.set)
            if not alive.wait(limit_seconds):
                _log.error("the event loop hangs:\n%s", _stack_of(blocked))
                while not (alive.wait(pause_seconds) or ended.is_set()):
                    LAG.set(loop.time() - began)
                _log.warning("the event loop moves again after %.1f s", loop.time() - began)
            LAG.set(loop.time() - began)

    thread = threading.Thread(target=watch, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:  # without waiting for the thread, which may wait for this loop
        ended.set()


def _stack_of(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    return "".join(traceback.format_stack(frame)) if frame else "(its thread has ended)"
