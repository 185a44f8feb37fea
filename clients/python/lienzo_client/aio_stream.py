"""Many pictures over one stream, for asyncio: `stream.py` with tasks instead of threads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Protocol

import grpc

from lienzo_client.errors import LienzoError
from lienzo_client.faults import ended_early, from_rpc_error
from lienzo_client.flight import Connect, Done, Flight, Request, Response, Wait
from lienzo_client.results import StreamItem


class AsyncCall(Protocol):
    """The part of a call that a stream needs; it raises errors of gRPC, or this package's own."""

    def __aiter__(self) -> AsyncIterator[Response]:
        """Iterates over the responses in the order of arrival."""

    def cancel(self) -> bool:
        """Cancels the call."""


class AsyncStream:
    """One stream of pictures: the caller's asynchronous iterator in, answers out.

    Args:
        open_call: Starts the call with an iterator of requests; the flag asks for a new connection.
        requests: The requests in the caller's order; an error stands for a picture that cannot be read.
        flight: The bookkeeping.
        target: Target of the call, for error messages.
    """

    def __init__(
        self,
        open_call: Callable[[AsyncIterator[Request], bool], Awaitable[AsyncCall]],
        requests: AsyncIterator[tuple[str, Request | LienzoError]],
        flight: Flight,
        target: str,
    ) -> None:
        self._open_call = open_call
        self._requests = requests
        self._flight = flight
        self._target = target
        self._changed = asyncio.Event()
        self._call: AsyncCall | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def answers(self) -> AsyncIterator[StreamItem]:
        """Yields one item for every picture, as responses arrive.

        Raises:
            LienzoError: When retries are exhausted; unanswered pictures can be sent again.
        """
        self._start(self._read_requests())
        try:
            while True:
                step = self._flight.next_step(time.monotonic())
                self._notify()
                if isinstance(step, Wait):
                    await self._wait(step.seconds)
                elif isinstance(step, StreamItem):
                    yield step
                elif isinstance(step, Connect):
                    await self._connect(step)
                elif isinstance(step, Done):
                    return
        finally:
            await self._close()

    async def _read_requests(self) -> None:
        failure: BaseException | None = None
        try:
            async for request_id, request in self._requests:
                while not self._flight.has_room:
                    await self._wait()
                if isinstance(request, LienzoError):
                    self._flight.refuse(request_id, request)
                else:
                    self._flight.add(request)
                self._notify()
        except Exception as error:  # noqa: BLE001 - raised by the caller's iterator, and passed on to the caller
            failure = error
        self._flight.end(failure)
        self._notify()

    async def _connect(self, step: Connect) -> None:
        if self._call is not None:
            self._call.cancel()
        self._call = await self._open_call(self._to_send(step.connection), step.renew)
        self._start(self._read_answers(self._call, step.connection))

    async def _to_send(self, connection: int) -> AsyncIterator[Request]:
        while not self._flight.is_over(connection):
            request = self._flight.next_to_send(connection, time.monotonic())
            if request is None:
                await self._wait()
            else:
                self._notify()
                yield request

    async def _read_answers(self, call: AsyncCall, connection: int) -> None:
        error: LienzoError = ended_early(self._target)
        try:
            async for response in call:
                self._flight.receive(response, time.monotonic())
                self._notify()
        except LienzoError as failure:
            error = failure
        except grpc.RpcError as failure:
            error = from_rpc_error(failure, self._target)
        self._flight.lose(connection, error, time.monotonic())
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait(self, seconds: float | None = None) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    async def _close(self) -> None:
        if self._call is not None:
            self._call.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
