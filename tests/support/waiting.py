"""Waiting for what other threads and processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits until something is so.

    Raises:
        AssertionError: When it is not so in time.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError("it never came so far")
        time.sleep(0.01)
