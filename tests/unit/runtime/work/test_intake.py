from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator

from runtime.work.budget import Budget
from runtime.work.intake import Intake


async def test_messages_that_fail_while_their_caller_leaves_are_not_logged_as_a_fault() -> None:
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))

    async def messages() -> AsyncGenerator[bytes, None]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("the call was aborted") from None  # as gRPC's own do
        yield b""

    intake = Intake(Budget(1000), message_seconds=10, idle_seconds=10)
    waiting = asyncio.create_task(intake.message(messages()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    del waiting
    gc.collect()

    assert not unhandled
