from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator

from runtime.work.closing import shutting_down, until_closing


def test_callers_learn_what_to_do() -> None:
    error = shutting_down()
    assert (error.code.name, error.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    # Another replica may answer, so that channels are not told to leave it.
    assert "grpc-retry-pushback-ms" not in dict(error.trailing_metadata("r-1"))


async def test_a_stream_that_ends_while_its_caller_leaves_is_not_logged_as_a_fault() -> None:
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))

    async def requests() -> AsyncGenerator[int, None]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return  # as those of a call do that has ended
        yield 1

    waiting = asyncio.create_task(anext(until_closing(requests(), asyncio.Event()), None))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    del waiting
    gc.collect()

    assert not unhandled
