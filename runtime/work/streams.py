"""Bidirectional streams of items: answered in order, worked on in parallel, failures per item."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Protocol, TypeVar

from lienzo.image.v1 import image_pb2
from runtime.calls.callers import Caller, Context, caller_name, calling
from runtime.calls.errors import to_status_error
from runtime.calls.item_errors import to_item_error
from runtime.work.closing import until_closing
from runtime.work.workplace import Prepared, Workplace

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


class Item(Protocol):
    """A message of a stream: a request like that of the unary method, and the caller's id for it."""

    request_id: str

    @property
    def request(self) -> Any:
        """The request."""

    def ByteSize(self) -> int:
        """Returns the bytes of the message."""


def answer_requests(
    items: AsyncIterable[Item],
    prepare: Callable[[Any, Caller], Awaitable[Prepared[Any]]],
    answer_type: Callable[..., ResponseT],
    *,
    context: Context,
    workplace: Workplace,
) -> AsyncGenerator[ResponseT, None]:
    """Answers every request of a stream by what answers it alone, see `answer_items`.

    Args:
        items: The caller's items.
        prepare: Prepares the answer to one request, as for the unary method.
        answer_type: The message for an answer: `request_id`, and `response` or `error`.
        context: The call.
        workplace: Whose workers do the work.
    """

    async def prepared(item: Item, caller: Caller) -> Prepared[ResponseT]:
        work = await prepare(item.request, caller)
        return lambda: answer_type(request_id=item.request_id, response=work())

    return answer_items(
        items,
        prepared,
        lambda item, error: answer_type(request_id=item.request_id, error=error),
        context=context,
        workplace=workplace,
        size_bytes=lambda item: item.ByteSize(),
    )


async def answer_items(
    requests: AsyncIterable[RequestT],
    prepare: Callable[[RequestT, Caller], Awaitable[Prepared[ResponseT]]],
    to_error: Callable[[RequestT, image_pb2.ItemError], ResponseT],
    *,
    context: Context,
    workplace: Workplace,
    size_bytes: Callable[[RequestT], int],
) -> AsyncGenerator[ResponseT, None]:
    """Answers every item of a stream, in the order of the requests.

    Reads at most twice as many items ahead as there are workers: flow control holds back a client that sends
    faster than it is answered, and memory stays flat.

    Args:
        requests: The caller's items.
        prepare: Fetches what one item needs, such as a picture at an address, and returns the work of a
            worker; both may raise.
        to_error: Makes the answer for an item that failed.
        context: The call.
        workplace: Whose workers do the work, of all streams and calls.
        size_bytes: Gives the size of an item as it came in.

    Raises:
        StatusError: RESOURCE_EXHAUSTED, OVERLOADED at once when too many streams are open; UNAVAILABLE,
            SHUTTING_DOWN when the process is about to stop, after what came in was answered.
    """

    async def answer(request: RequestT) -> ResponseT:
        with workplace.intake.budget.holding(size_bytes(request)):
            try:
                return await workplace.item(caller, lambda: prepare(request, caller))
            except Exception as error:  # noqa: BLE001  # whatever fails, fails for this item only
                return to_error(request, to_item_error(to_status_error(error, workplace.table)))

    with workplace.streams.slot(caller_name()), calling(context) as caller:
        items = until_closing(requests, workplace.closing)
        async with aclosing(in_order(items, answer, 2 * workplace.workers.count)) as answers:
            async for each in answers:
                yield each


async def in_order(
    requests: AsyncGenerator[RequestT, None], answer: Callable[[RequestT], Awaitable[ResponseT]], window: int
) -> AsyncGenerator[ResponseT, None]:
    """Answers every item, each in a task of its own, in the order of the items.

    Nothing more is read while `window` answers are not taken yet. Answers do not wait for the next item: a
    caller may wait for them before it sends it. When the caller disconnects, all tasks are cancelled.

    Args:
        requests: The caller's items; closed in the end.
        answer: Answers one item; must not raise.
        window: Items at a time, at least 1.

    Raises:
        Exception: The error of `requests`, after the items before it have been answered.
    """
    pending: asyncio.Queue[asyncio.Future[ResponseT] | None] = asyncio.Queue()
    room = asyncio.Semaphore(window)

    async def read() -> None:
        try:
            async with aclosing(requests):
                await room.acquire()
                async for request in requests:
                    pending.put_nowait(asyncio.ensure_future(answer(request)))
                    await room.acquire()
        finally:
            pending.put_nowait(None)

    reader = asyncio.create_task(read())
    try:
        while (future := await pending.get()) is not None:
            try:
                yield await future
            finally:
                future.cancel()
            room.release()
        await reader
    finally:
        reader.cancel()
        await asyncio.wait({reader})
        while not pending.empty():
            left = pending.get_nowait()
            if left is not None:
                left.cancel()
