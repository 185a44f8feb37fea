"""What the HTTP door takes for a request, and what it does with the bytes behind one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from runtime.work.budget import Budget
from services.gateway.http.limits import BoundedBodies
from services.gateway.http.protocol import MOST_HEAD_BYTES, MOST_WAITING, protocol_of

H2C = "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"
WEBSOCKET = "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with method, path and body; does not look at the body of what is sent to /refused."""
    body, goes_on = b"", scope["path"] != "/refused"
    while goes_on:
        message = await receive()
        body += message.get("body", b"")
        goes_on = message.get("more_body", False)
    got = f"<{scope['method']} {scope['path']} {body.decode()}>".encode()
    head = [(b"content-length", str(len(got)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": got})


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    app: Any = BoundedBodies(echo, Budget(2**20), 5, 5)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    config.load()
    protocol = protocol_of(5)
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()


def request(path: str = "/a", *fields: str, body: bytes = b"") -> bytes:
    sized = () if "Transfer-Encoding: chunked" in fields else (f"Content-Length: {len(body)}",)
    head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: a", *sized, *fields, "", ""])
    return head.encode() + body


async def answers(pieces: Sequence[bytes], then: bytes = request("/end", "Connection: close")) -> bytes:
    """All that is answered to pieces that come one after the other, until the connection is closed."""
    async with connected() as (reader, writer):
        for piece in (*pieces, then):
            writer.write(piece)
            await asyncio.sleep(0.01)
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := await asyncio.wait_for(reader.read(2**16), 5):
                received += piece
        return received


@pytest.mark.parametrize("offer", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
@pytest.mark.parametrize("cuts", [(), (20,), (-3,), (20, -3)], ids=str)
async def test_a_body_behind_the_offer_of_another_protocol_is_read(
    offer: tuple[str, ...], cuts: tuple[int, ...]
) -> None:
    whole = request("/a", *offer, body=b"picture")
    ends = [0, *(cut % len(whole) for cut in cuts), len(whole)]
    pieces = [whole[begin:end] for begin, end in pairwise(ends)]
    received = await answers(pieces)
    assert received.count(b"HTTP/1.1 200") == 2
    assert b"<POST /a picture>" in received
    assert b"<POST /end >" in received


async def test_requests_with_offers_are_read_in_their_order() -> None:
    chunked = request("/b", *H2C, "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n"
    received = await answers(
        [request("/a", *H2C, body=b"1") + chunked + request("/c", *WEBSOCKET, body=b"3")]
    )
    places = [received.index(each) for each in (b"<POST /a 1>", b"<POST /b abc>", b"<POST /c 3>")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "names 0"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "names 2"),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "CONNECT"),
        (request("/a", "Content-Length: 9"), "Content-Length"),
        (request("/a", "Transfer-Encoding: chunked", "Content-Length: 9"), "Content-Length"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "only transfer encoding"),
        (request("/a", f"X: {'a' * MOST_HEAD_BYTES}"), f"{MOST_HEAD_BYTES} bytes"),
        (request("/a", *["a:"] * 5000), f"{MOST_HEAD_BYTES} bytes"),
        (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", "method"),
    ],
    ids=["no host", "two hosts", "connect", "two lengths", "both", "coding", "long", "many", "lower case"],
)
async def test_what_is_no_request_is_told_with_what_is_wrong(sent: bytes, problem: str) -> None:
    head, _, body = (await answers([sent], b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert problem in json.loads(body)["detail"]


async def test_what_follows_a_whole_request_does_not_take_its_answer() -> None:
    received = await answers([request("/a", body=b"picture") + b"no request\r\n\r\n"], b"")
    assert received.count(b"HTTP/1.1") == 1
    assert received.endswith(b"<POST /a picture>")


async def test_few_requests_of_a_connection_wait() -> None:
    received = await answers([request("/a") * 5000], b"")
    assert received.count(b"<POST /a >") == MOST_WAITING + 1


async def test_a_refusal_in_place_of_100_continue_ends_the_connection() -> None:
    refused = await answers([request("/refused", "Expect: 100-continue")], b"")
    assert b"connection: close" in refused
    asked = (await answers([request("/a", "Expect: 100-continue", body=b"picture")])).partition(b"/end")[0]
    assert asked.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert b"<POST /a picture>" in asked
    assert asked.count(b"connection: close") == 1  # of the last request
