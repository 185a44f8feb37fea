"""Answers the items of a stream in asyncio, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from typing import TypeVar

from runtime.closing import shutting_down
from runtime.status import StatusError

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


async def answer_in_order(
    requests: AsyncIterable[RequestT], answer: Callable[[RequestT], Awaitable[ResponseT]], window: int
) -> AsyncGenerator[ResponseT, None]:
    """Answers every item, each in a task of its own, in the order of the items.

    Nothing more is read while `window` answers are not taken yet. When the caller disconnects, all tasks are
    cancelled.

    Args:
        requests: The caller's items.
        answer: Answers one item; must not raise.
        window: Items at a time, at least 1.
    """
    pending: deque[asyncio.Future[ResponseT]] = deque()
    try:
        async for request in requests:
            pending.append(asyncio.ensure_future(answer(request)))
            if len(pending) >= window:
                yield await pending.popleft()
        while pending:
            yield await pending.popleft()
    finally:
        for each in pending:
            each.cancel()


async def answer_as_ready(
    requests: AsyncIterable[RequestT],
    answer: Callable[[RequestT], Awaitable[ResponseT]],
    window: int,
    room: asyncio.Semaphore,
) -> AsyncGenerator[ResponseT, None]:
    """Answers every item, each in a task of its own, in the order in which they finish.

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


async def until_closing(
    requests: AsyncIterable[RequestT], closing: asyncio.Event, pause_seconds: float = 0.0
) -> AsyncGenerator[RequestT, None]:
    """Yields the requests of a stream until the server is about to stop.

    Args:
        requests: The caller's items.
        closing: Set when the server is about to stop.
        pause_seconds: Time to wait for each further item then; 0 takes no more.

    Raises:
        StatusError: UNAVAILABLE, SHUTTING_DOWN when the server stops before the caller's last item.
    """
    stop = asyncio.create_task(closing.wait())
    items = aiter(requests)
    try:
        while True:
            item = asyncio.ensure_future(anext(items))
            try:
                await asyncio.wait({item, stop}, return_when=asyncio.FIRST_COMPLETED)
                if closing.is_set():
                    await asyncio.wait({item}, timeout=pause_seconds)
                if not item.done() or (closing.is_set() and not pause_seconds and not _has_ended(item)):
                    raise shutting_down()
                yield item.result()
            except StopAsyncIteration:
                return
            finally:
                item.cancel()
    finally:
        stop.cancel()


def _has_ended(item: asyncio.Future[RequestT]) -> bool:
    return isinstance(item.exception(), StopAsyncIteration)
