"""Watches whether a process can work: one that hangs, or lacks a model, must not be sent more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LONGEST_PAUSE_SECONDS: Final = 0.5
"""Between two looks."""


@contextmanager
def watchdog(
    find_problem: Callable[[], str], tell: Callable[[str], None], pause_seconds: float = LONGEST_PAUSE_SECONDS
) -> Iterator[None]:
    """Looks at once and then regularly while inside, in a thread of its own.

    Args:
        find_problem: Returns why the process should not be sent work; an empty string when it should.
        tell: Called with the result of every look.
        pause_seconds: Between two looks, at most `LONGEST_PAUSE_SECONDS`.
    """
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(min(LONGEST_PAUSE_SECONDS, pause_seconds)):
            tell(find_problem())

    tell(find_problem())
    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
