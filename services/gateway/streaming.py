"""Answers the items of a stream in asyncio, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from typing import TypeVar

from runtime.status import StatusError

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


async def answer_as_ready(
    requests: AsyncIterable[RequestT],
    answer: Callable[[RequestT], Awaitable[ResponseT]],
    window: int,
    room: asyncio.Semaphore,
) -> AsyncGenerator[ResponseT, None]:
    """Answers every item in a task of its own; yields the answers in the order in which they are ready.

    Nothing more is read while `window` items are unanswered or not yet taken by the caller: flow control
    holds the sender back, and memory stays flat. When the caller disconnects, all tasks are cancelled.

    Args:
        requests: The caller's items.
        answer: Answers one item; must not raise.
        window: Items of this stream at a time, at least 1.
        room: Bounds the items of all streams that are in progress at a time.

    Raises:
        StatusError: The error of `requests`, after the items before it have been answered.
    """
    unanswered = asyncio.Semaphore(window)
    answers: asyncio.Queue[ResponseT | None] = asyncio.Queue()

    async def work(request: RequestT) -> None:
        answers.put_nowait(await answer(request))

    async def read() -> None:
        refusal: StatusError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    async for request in requests:
                        await unanswered.acquire()
                        await room.acquire()
                        # Not inside `work`, which never starts when it is cancelled at once.
                        group.create_task(work(request)).add_done_callback(lambda _: room.release())
                except StatusError as error:  # kept until the items before it are answered
                    refusal = error
        finally:
            answers.put_nowait(None)
        if refusal is not None:
            raise refusal

    reader = asyncio.create_task(read())
    try:
        while (ready := await answers.get()) is not None:
            yield ready
            unanswered.release()
        await reader
    finally:
        reader.cancel()
        await asyncio.wait({reader})  # what it reads from cannot be closed before
