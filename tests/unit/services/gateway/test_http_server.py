"""The HTTP door as stock clients see it: over one connection that is kept, answers come at once."""

from __future__ import annotations

import asyncio
import http.client
import socket
import statistics
import time

import pytest
from fastapi import FastAPI

from services.gateway.http.server import http_server, listening_socket
from services.gateway.settings import GatewaySettings


def seconds_of_each(port: int, count: int) -> list[float]:
    """Times of so many requests over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    spent = []
    for _ in range(count):
        began = time.perf_counter()
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'"yes"'
        spent.append(time.perf_counter() - began)
    connection.close()
    return spent


async def test_an_answer_does_not_wait_for_the_caller_to_acknowledge_its_headers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = FastAPI()
    app.add_api_route("/healthz", lambda: "yes")
    async with http_server(app, GatewaySettings(http_port=0)):
        port = int(capsys.readouterr().out.strip().rpartition(":")[2])
        spent = await asyncio.to_thread(seconds_of_each, port, 30)
    assert statistics.median(spent) < 0.015, spent


def test_connections_inherit_that_nothing_is_held_back() -> None:
    with (
        listening_socket("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
