"""Ends streams that wait for their caller when the process is about to stop, so that they do not delay it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TypeVar

from runtime.reasons.calls import SHUTTING_DOWN
from runtime.reasons.reason import refused
from runtime.status import StatusError

RequestT = TypeVar("RequestT")


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
                if not item.done():
                    item.cancel()
                    await asyncio.wait({item})  # its iterator cannot be closed before
                if not item.cancelled():
                    item.exception()  # seen: the stream may end at the moment at which its caller leaves
                del item  # it holds an error that may hold this frame
    finally:
        stop.cancel()


def _has_ended(item: asyncio.Future[RequestT]) -> bool:
    return isinstance(item.exception(), StopAsyncIteration)


def shutting_down() -> StatusError:
    """Makes the error that stream callers get when the server shuts down."""
    return refused(SHUTTING_DOWN)
