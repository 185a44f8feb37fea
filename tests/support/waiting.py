"""Waits for what other threads and processes do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits until a condition is true.

    Raises:
        AssertionError: When it is not true in time.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not become true in time")
        time.sleep(0.01)


async def comes_true(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits until a condition is true, while the event loop goes on; raises as `eventually`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not become true in time")
        await asyncio.sleep(0.01)
