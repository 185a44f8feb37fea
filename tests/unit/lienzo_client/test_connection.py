"""The connection as an app sees it, and links that swallow what is sent: what a change of network leaves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from lienzo_client import AsyncClient, Client, ConnectionState, DeadlineExceeded
from tests.support.waiting import comes_true

pytestmark = pytest.mark.slow


class Link:
    """A way to a gateway whose present connections can be made to lead nowhere: open, but deaf."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._deaf = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.connections = 0
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def swallow(self) -> None:
        """From now on nothing passes on the connections that there are; new ones are whole."""
        deaf, self._deaf = self._deaf, threading.Event()
        deaf.set()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever accepts
        self._accepting.join(5)
        for each in (self._listener, *self._ends):
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._ends.append(near)
                far = socket.create_connection(("127.0.0.1", self._port))
                self._ends.append(far)
                self.connections += 1
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink, self._deaf), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, deaf: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not deaf.is_set():
                    sink.sendall(data)


@pytest.fixture
def link(gateway: Any) -> Iterator[Link]:
    made = Link(gateway.port)
    yield made
    made.close()


async def test_the_state_of_the_connection_is_told(asker: Any, gateway: Any) -> None:
    got: list[ConnectionState] = []
    client = asker.client(gateway.target).client_itself
    assert client.state is ConnectionState.IDLE
    stop = client.subscribe(got.append)
    await asker.ask("list_models")
    await comes_true(lambda: got[-1] is ConnectionState.READY)
    assert got[0] is ConnectionState.IDLE
    gateway.stop()
    await comes_true(lambda: got[-1] is not ConnectionState.READY)
    waiting = asyncio.create_task(asker.ask("list_models"))
    await comes_true(lambda: ConnectionState.FAILING in got)
    gateway.start()
    await waiting
    await comes_true(lambda: got[-1] is ConnectionState.READY)
    stop()
    count = len(got)
    await asker.close()
    assert client.state is ConnectionState.CLOSED
    assert len(got) == count


async def test_an_app_may_connect_before_its_first_call(asker: Any, gateway: Any) -> None:
    got: list[ConnectionState] = []
    client = asker.client(gateway.target).client_itself
    client.subscribe(got.append, connect=True)
    await comes_true(lambda: got[-1] is ConnectionState.READY)
    await asker.close()
    assert got[-1] is ConnectionState.CLOSED


@pytest.mark.parametrize("renewals", [0, 1, 3])
def test_a_client_that_is_closed_at_once_leaves_no_thread_of_grpc_without_its_channel(
    monkeypatch: pytest.MonkeyPatch, unused_port: int, renewals: int
) -> None:
    failed: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: failed.append(ended.exc_value))
    for _ in range(5):
        got: list[ConnectionState] = []
        client = Client(f"127.0.0.1:{unused_port}")
        client.subscribe(got.append)
        client.subscribe(got.append, connect=True)
        for _ in range(renewals):
            client._line.replace()
        client.close()
        assert got[-1] is ConnectionState.CLOSED
    time.sleep(0.3)  # gRPC's threads look every 0.2 s whether anybody listens
    assert failed == []


async def test_a_state_that_came_before_the_loop_ran_again_is_told(gateway: Any) -> None:
    got: list[ConnectionState] = []
    async with AsyncClient(gateway.target) as client:
        client.subscribe(got.append)
        channel = client._line._channel
        deadline = time.monotonic() + 8
        while channel.get_state(try_to_connect=True) is not grpc.ChannelConnectivity.READY:
            assert time.monotonic() < deadline
            time.sleep(0.01)  # holds the loop, as a busy app does
        await comes_true(lambda: got[-1] is ConnectionState.READY)


async def test_a_connection_that_swallows_is_left_after_one_call_in_vain(asker: Any, link: Link) -> None:
    client = asker.client(link.target, keepalive_s=0)
    assert (await client.ask("classify_image", b"giralda")).label == "giralda"
    link.swallow()
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        await client.ask("classify_image", b"giralda", timeout_s=0.4)
    assert (await client.ask("classify_image", b"guernica")).label == "guernica"
    assert time.monotonic() - began < 5
    assert link.connections == 2


async def test_a_ping_finds_a_connection_that_swallows_while_a_call_waits(asker: Any, link: Link) -> None:
    client = asker.client(link.target, keepalive_s=1)
    await client.ask("classify_image", b"giralda")
    link.swallow()
    assert (await client.ask("classify_image", b"guernica", timeout_s=8)).label == "guernica"


async def test_an_app_that_is_told_of_another_network_reconnects(asker: Any, link: Link) -> None:
    client = asker.client(link.target)
    await client.ask("list_models")
    link.swallow()
    await asker.ask("reconnect")
    await client.ask("list_models", timeout_s=2)
    assert link.connections == 2


async def test_a_stream_over_a_connection_that_swallows_loses_nothing(asker: Any, link: Link) -> None:
    items = []
    pictures = ((str(number), b"giralda") for number in range(60))
    async for item in asker.client(link.target).stream(pictures, in_flight=4, timeout_s=1):
        items.append(item)
        if len(items) == 20:
            link.swallow()
    assert sorted(int(item.request_id) for item in items) == list(range(60))
    assert all(item.error is None for item in items)
    assert link.connections >= 2


@pytest.mark.parametrize("seconds", [0.5, -1])
def test_pings_that_would_come_too_often_are_refused(asker: Any, seconds: float) -> None:
    with pytest.raises(ValueError, match="it is 1 or more, or 0"):
        asker.client("localhost:1", keepalive_s=seconds)
