"""Hands the items of a stream on to a call of another service, which may end before they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, TypeGuard, TypeVar

import grpc

ItemT = TypeVar("ItemT")

OVERWRITTEN: Final = "Internal error from Core"
"""Details of the status INTERNAL that grpc.aio makes up."""

_LOOKS, _PAUSE_SECONDS = 10, 0.005


@asynccontextmanager
async def relayed(items: AsyncGenerator[ItemT, None]) -> AsyncIterator[AsyncIterator[ItemT]]:
    """Yields the items as requests for a call; when the context is left, they are closed.

    gRPC reads the requests of a call in a task of its own. It loses what they raise, and after a call that
    was refused it waits for the next one, so that nobody else could close them. Here a task reads them that
    is ended with the context.

    Args:
        items: One is read ahead of the call.

    Raises:
        Exception: The error of `items`, also where the call failed, which had no more than a part of them.
    """
    handed: asyncio.Queue[ItemT | None] = asyncio.Queue()
    wanted = asyncio.Semaphore(0)

    async def read() -> None:
        try:
            async with aclosing(items):
                async for each in items:
                    handed.put_nowait(each)
                    await wanted.acquire()
        finally:
            handed.put_nowait(None)

    async def requests() -> AsyncIterator[ItemT]:
        while (item := await handed.get()) is not None:
            yield item
            wanted.release()

    reader = asyncio.create_task(read())
    try:
        yield requests()
    except Exception:
        if reader.done():
            reader.result()
        raise
    finally:
        reader.cancel()
        await asyncio.wait({reader})
        failed = not reader.cancelled() and reader.exception() is not None
    if failed:
        reader.result()


class Ending:
    """Finds out how a call with a stream of requests ended.

    The service may end it while a request is on its way to it. For that request grpc.aio gives the call a
    status of its own, `OVERWRITTEN`, before or after that of the service.
    """

    def __init__(self, call: Any) -> None:
        """Begins to watch a call to which nothing was sent yet."""
        self._call = call
        self._first: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._remember)

    async def error(self, raised: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """Returns the error with the status that the service gave the call.

        Args:
            raised: What the call raised.
        """
        for found in (raised, self._first):
            if _is_told(found):
                return found
        for _ in range(_LOOKS):
            await asyncio.sleep(_PAUSE_SECONDS)
            if _is_told(found := _status_of(self._call)):
                return found
        return raised

    def _remember(self, call: Any) -> None:
        self._first = _status_of(call)


def _status_of(call: Any) -> grpc.aio.AioRpcError:
    initial, trailing = _known(call.initial_metadata()), _known(call.trailing_metadata())
    return grpc.aio.AioRpcError(_known(call.code()), initial, trailing, _known(call.details()), "")


def _is_told(error: grpc.aio.AioRpcError | None) -> TypeGuard[grpc.aio.AioRpcError]:
    return error is not None and error.details() != OVERWRITTEN and error.code() is not grpc.StatusCode.OK


def _known(fact: Coroutine[Any, Any, Any]) -> Any:
    """Returns a fact about a call that has ended, which needs no waiting: after it, it may be another."""
    try:
        fact.send(None)
    except StopIteration as found:
        return found.value
    raise RuntimeError("the call has not ended")
