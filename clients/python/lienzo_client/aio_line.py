"""The channel of a client for asyncio: `line.py` with tasks instead of threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import grpc
import grpc.aio

from lienzo.gateway.v1 import gateway_pb2_grpc
from lienzo_client.aio_stream import AsyncCall
from lienzo_client.channel import Connection
from lienzo_client.errors import LienzoError, ServerUnavailable
from lienzo_client.faults import from_rpc_error, is_silence
from lienzo_client.flight import Request
from lienzo_client.followed import PROBE, PROBE_S
from lienzo_client.line import STATES, ConnectionState, Watcher
from lienzo_client.metadata import Pairs


class AsyncLine:
    """The channel of the client for asyncio; watchers are called in its event loop.

    Attributes:
        stub: Stub of the current channel; replaced together with it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._watching: dict[Watcher, asyncio.Task[None]] = {}
        self._replaced = asyncio.Event()
        self._retired: list[grpc.aio.Channel] = []
        self._closed = False
        self._open()

    @property
    def state(self) -> ConnectionState:
        """Current state of the connection."""
        return ConnectionState.CLOSED if self._closed else STATES[self._channel.get_state()]

    def subscribe(self, watcher: Watcher, *, connect: bool) -> Callable[[], None]:
        """Calls a watcher with the current state and each later one; returns a function that stops it."""
        if connect:
            self._channel.get_state(try_to_connect=True)
        state = self.state
        watcher(state)
        task = asyncio.create_task(self._watch(watcher, state))
        self._watching[watcher] = task

        def stop() -> None:
            task.cancel()
            self._watching.pop(watcher, None)

        return stop

    async def ask(self, method: str, request: object, timeout_s: float | None, metadata: Pairs = ()) -> Any:
        """Sends a request and returns its one response.

        Raises:
            LienzoError: By its own class.
        """
        connection, stub, channel = self._connection, self.stub, self._channel
        timeout = connection.deadline_s(timeout_s)
        carried = await connection.credentials_async() + metadata
        try:
            return await getattr(stub, method)(request, timeout=timeout, metadata=carried)
        except grpc.RpcError as error:
            failed = await self._failure(error, channel)
            if is_silence(failed):
                await self.replace(stub)
            raise failed from error

    async def each(
        self, method: str, request: object, timeout_s: float | None, metadata: Pairs = ()
    ) -> AsyncGenerator[Any, None]:
        """Sends a request and yields its responses as they arrive; raises as `ask`."""
        connection, channel = self._connection, self._channel
        timeout = connection.deadline_s(timeout_s)
        carried = await connection.credentials_async() + metadata
        call = getattr(self.stub, method)(request, timeout=timeout, metadata=carried)
        try:
            async for message in call:
                yield message
        except grpc.RpcError as error:
            raise await self._failure(error, channel) from error
        finally:
            call.cancel()

    async def open_stream(self, metadata: Pairs, requests: AsyncIterator[Request], renew: bool) -> AsyncCall:
        """Begins the stream of pictures; `renew` opens a new connection first."""
        if renew:
            await self.replace()
        carried = await self._connection.credentials_async() + metadata
        return self.stub.StreamClassifyImages(requests, metadata=carried)

    async def _failure(self, error: grpc.RpcError, channel: grpc.aio.Channel) -> LienzoError:
        """The exception for a failed call; where nobody ever answered it is that, not the deadline."""
        connection = self._connection
        failed = from_rpc_error(error, connection.target, plain_text=connection.plain_text)
        if not is_silence(failed) or channel.get_state() is not grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            return failed
        try:
            await channel.unary_unary(PROBE, None, None)(b"", timeout=PROBE_S)
        except grpc.RpcError as refusal:
            refused = from_rpc_error(refusal, connection.target, plain_text=connection.plain_text)
            return refused if isinstance(refused, ServerUnavailable) else failed
        return failed

    async def replace(self, stub: gateway_pb2_grpc.GatewayServiceAsyncStub | None = None) -> None:
        """Opens a new connection for later calls; does nothing when `stub` was replaced already."""
        if self._closed or stub not in (None, self.stub):
            return
        old, self._retired = self._retired, [self._channel]
        self._open()
        self._replaced.set()
        self._replaced = asyncio.Event()
        for channel in old:
            await channel.close(grace=None)

    async def close(self) -> None:
        """Closes all connections and tells the watchers."""
        self._closed = True
        for watcher, task in self._watching.items():
            task.cancel()
            watcher(ConnectionState.CLOSED)
        self._watching.clear()
        for channel in (self._channel, *self._retired):
            await channel.close(grace=None)

    def _open(self) -> None:
        self._channel = self._connection.open_async()
        self.stub = gateway_pb2_grpc.GatewayServiceStub(self._channel)

    async def _watch(self, watcher: Watcher, reported: ConnectionState) -> None:
        while True:
            channel, replaced = self._channel, self._replaced
            current = channel.get_state()
            if STATES[current] is not reported:
                reported = STATES[current]
                watcher(reported)
            changing = asyncio.ensure_future(channel.wait_for_state_change(current))
            renewing = asyncio.ensure_future(replaced.wait())
            try:
                await asyncio.wait({changing, renewing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changing.cancel()
                renewing.cancel()
