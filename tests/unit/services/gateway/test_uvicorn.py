"""What the gateway leans on in uvicorn beyond its documentation, and that it still does what we need.

Where one of these tests fails with a newer uvicorn, look at `services/gateway/http/protocol.py` and
`server.py` before the bound in `pyproject.toml` is moved.
"""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from packaging.requirements import Requirement
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from services.gateway.http.protocol import MOST_HEAD_BYTES, protocol_of

PROJECT = Path(__file__).parents[4] / "pyproject.toml"
HEAD_SECONDS = 0.3


async def answer_late(scope: Any, receive: Any, send: Any) -> None:
    """An application that takes longer than a head may."""
    await asyncio.sleep(2 * HEAD_SECONDS)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def config() -> uvicorn.Config:
    made = uvicorn.Config(answer_late, log_config=None, access_log=False, lifespan="off")
    made.load()
    return made


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to our protocol in uvicorn's hands."""
    protocol, loaded = protocol_of(HEAD_SECONDS), config()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(loaded, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()


def test_the_version_is_one_that_was_tried() -> None:
    extras = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (needed,) = (each for each in map(Requirement, extras["gateway"]) if each.name == "uvicorn")
    assert any(bound.operator == "<" for bound in needed.specifier)
    assert version("uvicorn") in needed.specifier


async def test_what_is_not_documented_is_there() -> None:
    protocol = HttpToolsProtocol(config(), ServerState(), {})
    assert protocol.loop is asyncio.get_running_loop()
    assert protocol.cycle is None  # until a head has come; then with `response_complete`
    assert protocol.transport is None  # until it is connected
    server = uvicorn.Server(config())
    assert server.should_exit is False
    with server.capture_signals():  # which ours leaves to the process
        pass


async def test_a_head_that_does_not_end_is_waited_for_no_longer() -> None:
    async with connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        assert await asyncio.wait_for(reader.read(), 20 * HEAD_SECONDS) == b""


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 3000, id="one long header"),
        pytest.param(b"GET /" + b"a" * 3000, id="one long path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 500, id="many headers"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\nX: a\r\n", id="trailers"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n1;a=a", id="an extension"
        ),
    ],
)
async def test_what_stands_around_bodies_is_bounded(piece: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(piece)
        more = b"X: a\r\n" * 500 if piece.endswith(b"\n") else b"a" * 3000
        for _ in range(MOST_HEAD_BYTES // 3000 + 100):
            writer.write(more)
        with contextlib.suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), 20 * HEAD_SECONDS)
            assert answer.startswith(b"HTTP/1.1 400")


async def test_an_answer_may_take_longer_than_a_head() -> None:
    async with connected() as (reader, writer):
        for _ in range(2):  # the second request has time for its head again
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
