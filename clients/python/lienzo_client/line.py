"""The channel of a client: its state is observable, and it is replaced when its connection is dead.

A phone that changes from Wi-Fi to mobile keeps a dead connection. gRPC's ping detects that after a while.
Until then calls on it wait in vain, so the first call that times out replaces the connection for later ones.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import grpc

from lienzo.gateway.v1 import gateway_pb2_grpc
from lienzo_client.channel import Connection
from lienzo_client.errors import LienzoError, ServerUnavailable
from lienzo_client.faults import from_rpc_error, is_silence
from lienzo_client.flight import Request
from lienzo_client.followed import FIRST_WORD_S, PROBE, PROBE_S, FollowedChannel
from lienzo_client.metadata import Pairs
from lienzo_client.stream import Call


class ConnectionState(enum.StrEnum):
    """State of the connection, for an app to show."""

    IDLE = "idle"
    """Not connected; the next call connects."""
    CONNECTING = "connecting"
    READY = "ready"
    FAILING = "failing"
    """The last attempt failed; more follow while calls wait."""
    CLOSED = "closed"


Watcher = Callable[[ConnectionState], None]

STATES = {
    grpc.ChannelConnectivity.IDLE: ConnectionState.IDLE,
    grpc.ChannelConnectivity.CONNECTING: ConnectionState.CONNECTING,
    grpc.ChannelConnectivity.READY: ConnectionState.READY,
    grpc.ChannelConnectivity.TRANSIENT_FAILURE: ConnectionState.FAILING,
    grpc.ChannelConnectivity.SHUTDOWN: ConnectionState.CLOSED,
}


class Line:
    """The channel of the client for threads.

    Attributes:
        stub: Stub of the current channel; replaced together with it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._watchers: list[Watcher] = []
        self._state = ConnectionState.IDLE
        self._heard = threading.Event()
        self._follows = False
        self._retired: FollowedChannel | None = None
        self._open()

    @property
    def state(self) -> ConnectionState:
        """Current state. The first read makes gRPC start a thread that follows it."""
        self._listen()
        return self._state

    def subscribe(self, watcher: Watcher, *, connect: bool) -> Callable[[], None]:
        """Calls a watcher with the current state, and from gRPC's thread with each later one.

        Returns:
            A function that ends the subscription.
        """
        self._listen(connect=connect)
        with self._lock:  # no state may pass between the first word and the list
            watcher(self._state)
            self._watchers.append(watcher)

        def stop() -> None:
            with self._lock:
                if watcher in self._watchers:
                    self._watchers.remove(watcher)

        return stop

    def ask(self, method: str, request: object, timeout_s: float | None, metadata: Pairs = ()) -> Any:
        """Sends a request and returns its one response.

        Raises:
            LienzoError: By its own class.
        """
        connection, stub, channel = self._connection, self.stub, self._channel
        timeout = connection.deadline_s(timeout_s)
        carried = connection.credentials() + metadata
        try:
            return getattr(stub, method)(request, timeout=timeout, metadata=carried)
        except grpc.RpcError as error:
            failed = self._failure(error, channel)
            if is_silence(failed):
                self.replace(stub)
            raise failed from error

    def each(
        self, method: str, request: object, timeout_s: float | None, metadata: Pairs = ()
    ) -> Iterator[Any]:
        """Sends a request and yields its responses as they arrive; raises as `ask`."""
        connection, channel = self._connection, self._channel
        timeout = connection.deadline_s(timeout_s)
        carried = connection.credentials() + metadata
        call = getattr(self.stub, method)(request, timeout=timeout, metadata=carried)
        try:
            yield from call
        except grpc.RpcError as error:
            raise self._failure(error, channel) from error
        finally:
            call.cancel()

    def open_stream(self, metadata: Pairs, requests: Iterator[Request], renew: bool) -> Call:
        """Begins the stream of pictures; `renew` opens a new connection first."""
        if renew:
            self.replace()
        carried = self._connection.credentials() + metadata
        return self.stub.StreamClassifyImages(requests, metadata=carried)

    def _failure(self, error: grpc.RpcError, channel: FollowedChannel) -> LienzoError:
        """The exception for a failed call; where nobody ever answered it is that, not the deadline."""
        connection = self._connection
        failed = from_rpc_error(error, connection.target, plain_text=connection.plain_text)
        if not (is_silence(failed) and channel.is_failing()):
            return failed
        try:
            channel.channel.unary_unary(PROBE, None, None)(b"", timeout=PROBE_S)
        except grpc.RpcError as refusal:
            refused = from_rpc_error(refusal, connection.target, plain_text=connection.plain_text)
            return refused if isinstance(refused, ServerUnavailable) else failed
        return failed

    def replace(self, stub: gateway_pb2_grpc.GatewayServiceStub | None = None) -> None:
        """Opens a new connection for later calls; does nothing when `stub` was replaced already.

        Calls in progress keep the old connection until the next replacement, because it may still work for
        them.
        """
        with self._lock:
            if self._state is ConnectionState.CLOSED or stub not in (None, self.stub):
                return
            older, self._retired = self._retired, self._channel
            self._retired.leave()
            self._open()
            self._tell(ConnectionState.IDLE)
        if older is not None:
            older.close()

    def close(self) -> None:
        """Closes all connections and tells the watchers."""
        with self._lock:
            self._tell(ConnectionState.CLOSED)
            channels = [each for each in (self._channel, self._retired) if each is not None]
        for channel in channels:
            channel.leave()
        for channel in channels:
            channel.close()

    def _open(self) -> None:
        self._channel = FollowedChannel(self._connection.open())
        self.stub = gateway_pb2_grpc.GatewayServiceStub(self._channel.channel)
        if self._follows:
            self._channel.follow(partial(self._hear, self._channel))

    def _listen(self, *, connect: bool = False) -> None:
        """Follows the channel's state from now on, and waits for gRPC's first word of it."""
        self._follow(connect=connect)
        self._heard.wait(FIRST_WORD_S)

    def _follow(self, *, connect: bool) -> None:
        with self._lock:
            if self._state is ConnectionState.CLOSED:
                return
            if not self._follows:
                self._follows = True
                self._channel.follow(partial(self._hear, self._channel), connect=connect)
            elif connect:
                self._channel.connect()

    def _hear(self, channel: FollowedChannel, state: grpc.ChannelConnectivity) -> None:
        with self._lock:
            if channel is self._channel:
                self._tell(STATES[state])
        self._heard.set()

    def _tell(self, state: ConnectionState) -> None:
        if state is self._state or self._state is ConnectionState.CLOSED:
            return
        self._state = state
        for watcher in tuple(self._watchers):
            watcher(state)
