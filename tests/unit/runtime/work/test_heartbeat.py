"""An event loop that hangs is noticed from outside, with the place where it hangs."""

from __future__ import annotations

import asyncio
import time

import pytest

from runtime.work.heartbeat import LAG, heartbeat


def blocks_the_loop() -> None:
    time.sleep(0.3)


async def test_tells_where_the_loop_hangs_and_when_it_moves_again(caplog: pytest.LogCaptureFixture) -> None:
    with heartbeat(limit_seconds=0.05, pause_seconds=0.01):
        await asyncio.sleep(0.1)
        assert caplog.messages == []  # waiting is not hanging
        blocks_the_loop()
        await asyncio.sleep(0.1)
    hangs, moves = caplog.messages
    assert hangs.startswith("the event loop hangs:")
    assert "in blocks_the_loop" in hangs
    assert moves.startswith("the event loop moves again after 0.")
    assert LAG._value.get() < 0.1
