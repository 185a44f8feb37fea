"""Requests that are handed on: who closes them, whose error is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc
import pytest

from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST
from runtime.status import StatusError
from services.gateway.relay import Ending, relayed

METHOD = "/test.Service/Collect"


class Source:
    """Bytes without an end; tells whether it was closed."""

    def __init__(self, pause_after: int = 10**9, failure: Exception | None = None) -> None:
        self.pause_after, self.failure, self.closed = pause_after, failure, False

    async def items(self) -> AsyncGenerator[bytes, None]:
        number = 0
        try:
            while number < self.pause_after:
                number += 1
                yield bytes(100_000)
            if self.failure:
                raise self.failure
            await asyncio.Event().wait()
        finally:
            self.closed = True


@pytest.fixture
async def collect() -> AsyncIterator[Any]:
    """Calls a service that refuses every call after its first request."""

    async def refuse(requests: Any, context: Any) -> bytes:
        await anext(aiter(requests))
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not so", (("told", "yes"),))
        return b""

    server = grpc.aio.server()
    handlers = {"Collect": grpc.stream_unary_rpc_method_handler(refuse)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel.stream_unary(METHOD)
    await server.stop(None)


async def test_a_refusal_is_told_as_it_came_while_requests_are_sent(collect: Any) -> None:
    for _ in range(60):
        source = Source()
        async with relayed(source.items()) as requests:
            call = collect(requests)
            ending = Ending(call)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
        error = await ending.error(caught.value)
        assert (error.code(), error.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "not so")
        assert dict(error.trailing_metadata()) == {"told": "yes"}
        assert source.closed


async def test_requests_are_closed_where_their_caller_has_gone_quiet(collect: Any) -> None:
    source = Source(pause_after=1)
    with pytest.raises(grpc.aio.AioRpcError, match="not so"):
        async with aclosing(source.items()) as items, relayed(items) as requests:
            await collect(requests)
    assert source.closed


async def test_the_error_of_the_requests_is_raised_in_place_of_what_the_call_makes_of_them(
    collect: Any,
) -> None:
    source = Source(1, refused(MALFORMED_REQUEST, "no message"))
    with pytest.raises(StatusError, match="no message"):
        async with relayed(source.items()) as requests:
            assert [each async for each in requests] == [bytes(100_000)]


async def test_requests_are_closed_when_the_caller_leaves() -> None:
    source, begun = Source(pause_after=1), asyncio.Event()

    async def ask() -> None:
        async with aclosing(source.items()) as items, relayed(items) as requests:
            async for _ in requests:
                begun.set()

    asking = asyncio.create_task(ask())
    await begun.wait()
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    assert source.closed
