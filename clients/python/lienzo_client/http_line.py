"""The client's line to an `http://` or `https://` target: for asyncio, and for threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent import futures
from typing import Any, TypeVar

from google.protobuf.message import Message

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.channel import Connection
from lienzo_client.errors import LienzoError
from lienzo_client.flight import Request, Response
from lienzo_client.http_calls import HttpCalls, closed, next_of
from lienzo_client.http_stream import UnaryStream
from lienzo_client.line import ConnectionState, Watcher
from lienzo_client.metadata import Pairs

T = TypeVar("T")

_PROBE = "GetServerInfo"


class AsyncHttpLine:
    """The line of the asyncio client over HTTP; `aio_line.AsyncLine` is the one over gRPC."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._calls = HttpCalls(connection)
        self._probes: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> ConnectionState:
        """Current state of the connection."""
        return self._calls.state

    def subscribe(self, watcher: Watcher, *, connect: bool) -> Callable[[], None]:
        """Calls a watcher with the current state and each later one; returns a function that stops it."""
        stop = self._calls.subscribe(watcher)
        if connect:
            probing = asyncio.create_task(self._probe())
            self._probes.add(probing)
            probing.add_done_callback(self._probes.discard)
        return stop

    async def ask(self, method: str, request: object, timeout_s: float | None, metadata: Pairs = ()) -> Any:
        """Sends a request and returns its one response; raises LienzoError."""
        connection = self._connection
        carried = await connection.credentials_async() + metadata
        seconds = connection.deadline_s(timeout_s)
        return await self._calls.ask(method, request, seconds, carried, connection.attempts)

    async def each(
        self, method: str, request: Message, timeout_s: float | None, metadata: Pairs = ()
    ) -> AsyncGenerator[Any, None]:
        """Sends a request and yields its responses as they arrive; raises as `ask`."""
        carried = await self._connection.credentials_async() + metadata
        answers = self._calls.each(method, request, self._connection.deadline_s(timeout_s), carried)
        try:
            async for message in answers:
                yield message
        finally:
            await answers.aclose()

    async def open_stream(
        self, metadata: Pairs, requests: AsyncIterator[Request], renew: bool
    ) -> UnaryStream:
        """Begins a stream of pictures; `renew` opens new connections first."""
        carried = await self._connection.credentials_async() + metadata
        return await self._calls.open_stream(carried, requests, renew)

    async def replace(self) -> None:
        """Opens new connections for later calls."""
        await self._calls.replace()

    async def close(self) -> None:
        """Closes all connections and tells the watchers."""
        await self._calls.close()

    async def _probe(self) -> None:
        await probe(self._calls, self._connection, await self._connection.credentials_async())


class HttpLine:
    """The line of the synchronous client over HTTP; `line.Line` is the one over gRPC.

    Its calls run in an event loop in a thread of its own.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._calls = HttpCalls(connection)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lienzo-http", daemon=True)
        self._thread.start()
        self._closing = threading.Lock()

    @property
    def state(self) -> ConnectionState:
        """Current state of the connection."""
        return self._calls.state

    def subscribe(self, watcher: Watcher, *, connect: bool) -> Callable[[], None]:
        """Calls a watcher, from another thread, with the current state and each later one.

        Returns:
            A function that ends the subscription.
        """

        async def begin() -> Callable[[], None]:
            return self._calls.subscribe(watcher)

        stop = self.run(begin())
        if connect:
            self._start(self._probe(self._connection.credentials()))
        return stop

    def ask(self, method: str, request: object, timeout_s: float | None, metadata: Pairs = ()) -> Any:
        """Sends a request, or an iterator of them, and returns the one response; raises LienzoError."""
        connection = self._connection
        sent = from_threads(request) if isinstance(request, Iterator) else request
        carried = connection.credentials() + metadata
        seconds = connection.deadline_s(timeout_s)
        return self.run(self._calls.ask(method, sent, seconds, carried, connection.attempts))

    def each(
        self, method: str, request: Message, timeout_s: float | None, metadata: Pairs = ()
    ) -> Iterator[Any]:
        """Sends a request and yields its responses as they arrive; raises as `ask`."""
        carried = self._connection.credentials() + metadata
        answers = self._calls.each(method, request, self._connection.deadline_s(timeout_s), carried)
        try:
            while (message := self.run(next_of(answers))) is not None:
                yield message
        finally:
            self._start(answers.aclose())

    def open_stream(self, metadata: Pairs, requests: Iterator[Request], renew: bool) -> ThreadsStream:
        """Begins a stream of pictures; `renew` opens new connections first."""
        carried = self._connection.credentials() + metadata
        stream = self.run(self._calls.open_stream(carried, from_threads(requests), renew))
        return ThreadsStream(stream, self)

    def replace(self) -> None:
        """Opens new connections for later calls."""
        self.run(self._calls.replace())

    def close(self) -> None:
        """Closes all connections, tells the watchers and ends the thread."""
        with self._closing:
            if self._loop.is_closed():
                return
            self.run(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        """Runs a step of a call in the loop and waits for its result.

        Raises:
            Cancelled: When the client is closed, or was.
            RuntimeError: When a watcher, which runs in the loop, calls it.
        """
        if threading.current_thread() is self._thread:
            step.close()
            raise RuntimeError("a watcher must not wait for the client that calls it")
        try:
            waiting = asyncio.run_coroutine_threadsafe(step, self._loop)
        except RuntimeError as error:  # the loop is closed
            step.close()
            raise closed() from error
        try:
            return waiting.result()
        except futures.CancelledError as error:
            raise closed() from error
        except BaseException:
            waiting.cancel()
            raise

    def _start(self, step: Coroutine[Any, Any, Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and has ended what there was
            asyncio.run_coroutine_threadsafe(step, self._loop)
            return
        step.close()

    def call_soon(self, action: Callable[[], object]) -> bool:
        """Runs an action in the loop; returns False when the loop has ended."""
        try:
            self._loop.call_soon_threadsafe(action)
        except RuntimeError:
            return False
        return True

    async def _probe(self, metadata: Pairs) -> None:
        await probe(self._calls, self._connection, metadata)

    async def _end(self) -> None:
        await self._calls.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.sleep(0)  # sockets are closed in the turn after


class ThreadsStream:
    """A stream of pictures for threads."""

    def __init__(self, stream: UnaryStream, line: HttpLine) -> None:
        self._stream = stream
        self._line = line

    def __iter__(self) -> Iterator[Response]:
        """Yields the answers in the order of arrival; raises as `UnaryStream`."""
        answers = aiter(self._stream)
        while (answer := self._line.run(next_of(answers))) is not None:
            yield answer

    def cancel(self) -> bool:
        """Cancels all pictures in progress; returns False when the client is closed."""
        return self._line.call_soon(self._stream.cancel)


async def probe(calls: HttpCalls, connection: Connection, metadata: Pairs) -> None:
    """Makes a call so that the state becomes known; its errors are ignored."""
    with contextlib.suppress(LienzoError):  # the watchers were told
        request = gateway_pb2.GetServerInfoRequest()
        await calls.ask(_PROBE, request, connection.timeout_s, metadata, connection.attempts)


async def from_threads(items: Iterator[T]) -> AsyncIterator[T]:
    """Yields the items of an iterator that may block; each is awaited in a daemon thread."""
    loop = asyncio.get_running_loop()
    while True:
        future: asyncio.Future[T | None] = loop.create_future()
        threading.Thread(target=_take, args=(items, future, loop), name="lienzo-items", daemon=True).start()
        item = await future
        if item is None:
            return
        yield item


def _take(items: Iterator[T], future: asyncio.Future[T | None], loop: asyncio.AbstractEventLoop) -> None:
    item: T | None = None
    failure: BaseException | None = None
    try:
        item = next(items, None)
    except BaseException as error:  # noqa: BLE001 - raised by the caller's iterator, and passed on to the caller
        failure = error

    def settle() -> None:
        if future.done():
            return
        if failure is None:
            future.set_result(item)
        else:
            future.set_exception(failure)

    with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
        loop.call_soon_threadsafe(settle)
