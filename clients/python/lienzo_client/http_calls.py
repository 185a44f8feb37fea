"""Calls over HTTP/1.1, for networks that break HTTP/2: the asynchronous core of both clients.

A stream of pictures, which HTTP/1.1 cannot carry both ways at once, becomes one call for each picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeVar

import httpx
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import connect
from lienzo_client.channel import MAX_ANSWER_BYTES, RETRIED_METHODS, SERVICE, Connection, pauses
from lienzo_client.errors import Cancelled, LienzoError, ServerUnavailable
from lienzo_client.faults import answer_too_large, ended_early
from lienzo_client.flight import Request
from lienzo_client.http_faults import from_http_error
from lienzo_client.http_stream import UnaryStream
from lienzo_client.http_tls import tls_context
from lienzo_client.line import ConnectionState, Watcher
from lienzo_client.metadata import Pairs
from lienzo_client.reasons import NO_ANSWER_IN_TIME, REASONS

T = TypeVar("T")

_METHODS = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"].methods_by_name
# Less than the minute after which load balancers close an idle connection.
_IDLE_S: Final = 50.0


class HttpCalls:
    """The connections of a client to an `http://` or `https://` target, in one event loop.

    The state is that of the last call: without calls nothing is connected.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._target = connection.target
        self._tls = tls_context(connection)
        self._watchers: list[Watcher] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._retired: httpx.AsyncClient | None = None
        self._http = self._open()
        self._was_heard = False
        self.state = ConnectionState.IDLE

    @property
    def is_closed(self) -> bool:
        """Whether the client was closed, after which no call is made."""
        return self.state is ConnectionState.CLOSED

    async def ask(
        self, method: str, request: object, seconds: float | None, metadata: Pairs, attempts: int = 1
    ) -> Any:
        """Sends a request, or an iterator of them, and returns the one response.

        Args:
            method: Name of the method.
            request: The message, or messages.
            seconds: Time for all attempts; None for no limit.
            metadata: The call's metadata, credentials included.
            attempts: How often a method that changes nothing is tried while the server is unavailable.

        Raises:
            LienzoError: A subclass of it, by the kind of error.
        """
        http, failed = self._http, None
        ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(ends):
                for pause in (*pauses(attempts if method in RETRIED_METHODS else 1), None):
                    try:
                        return await self._awaited(self._answer(method, request, ends, metadata))
                    except ServerUnavailable as error:
                        failed = error
                        if pause is None:
                            raise
                    await asyncio.sleep(pause)
        except TimeoutError as error:
            raise await self._timed_out(failed, http) from error

    async def each(
        self, method: str, request: Message, seconds: float | None, metadata: Pairs
    ) -> AsyncGenerator[Any, None]:
        """Sends a request and yields its responses as they arrive; raises as `ask`."""
        http = self._http
        ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
        async with aclosing(self._responses(method, request, ends, metadata)) as responses:
            while True:
                try:
                    async with asyncio.timeout_at(ends):
                        message = await self._awaited(next_of(responses))
                except TimeoutError as error:
                    raise await self._timed_out(None, http) from error
                if message is None:
                    return
                yield message

    async def open_stream(
        self, metadata: Pairs, requests: AsyncIterator[Request], renew: bool
    ) -> UnaryStream:
        """Begins a stream of pictures; `renew` opens new connections first."""
        if self.is_closed:
            raise closed()
        if renew:
            await self.replace()
        return UnaryStream(partial(self._classify, metadata), requests)

    def subscribe(self, watcher: Watcher) -> Callable[[], None]:
        """Calls a watcher with the current state and each later one; returns a function that stops it."""
        watcher(self.state)
        self._watchers.append(watcher)

        def stop() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return stop

    async def replace(self, http: httpx.AsyncClient | None = None) -> None:
        """Opens new connections for later calls; does nothing when `http` was replaced already."""
        if self.is_closed or http not in (None, self._http):
            return
        old, self._retired = self._retired, self._http
        self._http = self._open()
        self._tell(ConnectionState.IDLE)
        if old is not None:
            await old.aclose()

    async def close(self) -> None:
        """Ends calls in progress with `Cancelled`, closes all connections and tells the watchers."""
        self._tell(ConnectionState.CLOSED)
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for http in (self._http, self._retired):
            if http is not None:
                await http.aclose()

    def _open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._target,
            verify=self._tls,
            timeout=None,  # calls have deadlines of their own
            limits=httpx.Limits(max_connections=None, keepalive_expiry=_IDLE_S),
            headers={"user-agent": "lienzo-client"},
        )

    async def _classify(self, metadata: Pairs, request: gateway_pb2.ClassifyImageRequest) -> Any:
        return await self.ask("ClassifyImage", request, None, metadata)

    async def _answer(self, method: str, request: object, ends: float | None, metadata: Pairs) -> Any:
        if not _METHODS[method].client_streaming:
            headers = connect.to_headers(metadata, connect.UNARY_TYPE, _left(ends))
            body = request.SerializeToString() if isinstance(request, Message) else b""
            status, fields, content = await self._exchange(method, headers, body)
            if status == 200 and fields.get("content-type") == connect.UNARY_TYPE:
                return self._message(method, content)
            raise connect.from_response(status, fields, content, self._target)
        async with aclosing(self._responses(method, request, ends, metadata)) as responses:
            async for message in responses:
                return message
        raise ended_early(self._target)

    async def _exchange(
        self, method: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, httpx.Headers, bytes]:
        async with self._http.stream("POST", _path(method), headers=headers, content=body) as response:
            content = b"".join([chunk async for chunk in _bounded(response)])
            return response.status_code, response.headers, content

    async def _responses(
        self, method: str, request: object, ends: float | None, metadata: Pairs
    ) -> AsyncGenerator[Any, None]:
        headers = connect.to_headers(metadata, connect.STREAM_TYPE, _left(ends))
        body = _enveloped(request)
        async with self._http.stream("POST", _path(method), headers=headers, content=body) as response:
            if response.status_code != 200 or response.headers.get("content-type") != connect.STREAM_TYPE:
                content = await response.aread()
                raise connect.from_response(response.status_code, response.headers, content, self._target)
            envelopes = connect.Envelopes()
            async for chunk in response.aiter_bytes():
                for is_end, content in envelopes.add(chunk):
                    if not is_end:
                        yield self._message(method, content)
                    elif failed := connect.from_end(content, response.headers, self._target):
                        raise failed
                    else:
                        return
        raise ended_early(self._target)

    def _message(self, method: str, content: bytes) -> Message:
        try:
            return GetMessageClass(_METHODS[method].output_type).FromString(content)
        except DecodeError as error:
            raise connect.no_gateway("its message cannot be read", self._target, {}) from error

    async def _awaited(self, step: Coroutine[Any, Any, T]) -> T:
        """Awaits a step of a call, and updates the state; its errors, and closing, become our exceptions."""
        if self.is_closed:
            step.close()
            raise closed()
        if self.state is not ConnectionState.READY:
            self._tell(ConnectionState.CONNECTING)
        task = asyncio.ensure_future(step)
        self._tasks.add(task)
        try:
            answer = await task
        except httpx.HTTPError as error:
            self._tell(ConnectionState.FAILING)
            plain_text = self._connection.plain_text and not self._was_heard
            raise from_http_error(error, self._target, plain_text=plain_text) from error
        except asyncio.CancelledError:
            if self.is_closed:
                raise closed() from None
            raise
        except LienzoError as error:
            self._hear(ConnectionState.FAILING if error.reason in REASONS else ConnectionState.READY)
            raise
        finally:
            self._tasks.discard(task)
        self._hear(ConnectionState.READY)
        return answer

    async def _timed_out(self, failed: LienzoError | None, http: httpx.AsyncClient) -> LienzoError:
        """Makes the exception at a deadline: the last failure, if an attempt has failed before."""
        if failed is not None:
            return failed
        self._tell(ConnectionState.FAILING)
        await self.replace(http)
        return NO_ANSWER_IN_TIME.error(f"{self._target} did not answer in time.", {"target": self._target})

    def _hear(self, state: ConnectionState) -> None:
        self._was_heard = self._was_heard or state is ConnectionState.READY
        self._tell(state)

    def _tell(self, state: ConnectionState) -> None:
        if state is self.state or self.is_closed:
            return
        self.state = state
        for watcher in tuple(self._watchers):
            watcher(state)


async def next_of(items: AsyncIterator[T]) -> T | None:
    """Returns the next item; None after the last."""
    return await anext(items, None)


async def _bounded(response: httpx.Response) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise answer_too_large(f"more than {MAX_ANSWER_BYTES} bytes")
        yield chunk


async def _enveloped(request: object) -> AsyncIterator[bytes]:
    if isinstance(request, Message):
        yield connect.to_envelope(request)
    elif isinstance(request, AsyncIterator):
        async for message in request:
            yield connect.to_envelope(message)
    elif isinstance(request, Iterator):  # what is in memory already
        for message in request:
            yield connect.to_envelope(message)


def _path(method: str) -> str:
    return f"{SERVICE}/{method}"


def _left(ends: float | None) -> float | None:
    return None if ends is None else ends - asyncio.get_running_loop().time()


def closed() -> Cancelled:
    """Makes the exception for calls of a client that was closed."""
    return Cancelled("CANCELLED", "", "The client was closed.")
