"""What a client over HTTP says of servers that are away, or are something else than a gateway."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import (
    AsyncClient,
    Client,
    ConnectionState,
    DeadlineExceeded,
    InvalidPicture,
    LienzoError,
    ServerUnavailable,
    Unauthenticated,
)
from lienzo_client.channel import Connection
from tests.support.asker import Asker
from tests.support.certificate import Certificate

MODELS = gateway_pb2.ListModelsResponse().SerializeToString()


def response(status: int, kind: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


FINE = response(200, "application/proto", MODELS)
SIGN_IN = response(200, "text/html", b"<h1>Welcome to our network</h1>")
TOLD = {"code": "unauthenticated", "message": "no key", "details": [{"type": "x", "value": "!"}]}
PROBLEM = {"reason": "OVERLOADED", "code": "RESOURCE_EXHAUSTED", "detail": "Too much.", "metadata": {"limit": 4}}


class Scripted:
    """Answers each request with the next of some bytes, the last one for ever; None closes the connection."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            try:
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    size = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
                    await reader.readexactly(int(size[0].split(b":")[1]))
                    self.requests.append(head)
                    answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
                    if answer is None:
                        return
                    writer.write(answer)
            except (asyncio.IncompleteReadError, ConnectionError):
                return


@asynccontextmanager
async def running(serve: Callable[..., Awaitable[None]], **options: Any) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def ask(asker: Asker) -> Callable[..., Awaitable[Any]]:
    async def call(port: int, method: str, *arguments: Any, scheme: str = "http", **options: Any) -> Any:
        return await asker.client(f"{scheme}://127.0.0.1:{port}", **options).ask(method, *arguments)

    return call


@pytest.mark.parametrize(
    ("answer", "kind", "reason", "words"),
    [
        (SIGN_IN, ServerUnavailable, "NOT_A_GATEWAY", "HTTP 200 with text/html"),
        (response(302, "text/html", b"", "location: /login"), ServerUnavailable, "NOT_A_GATEWAY", "HTTP 302"),
        (response(404, "text/html", b"not here"), ServerUnavailable, "NOT_A_GATEWAY", "HTTP 404"),
        (response(502, "text/html", b"bad"), ServerUnavailable, "CONNECTION_LOST", "answers HTTP 502"),
        (response(413, "text/html", b"large"), InvalidPicture, "PICTURE_TOO_LARGE", "larger than the server"),
        (response(200, "application/proto", b"\xff"), ServerUnavailable, "NOT_A_GATEWAY", "cannot be read"),
        (response(401, "application/json", json.dumps(TOLD).encode()), Unauthenticated, "", "no key"),
        (response(429, "application/json", json.dumps(PROBLEM).encode()), LienzoError, "OVERLOADED", "Too much."),
        (b"\0\0\x12\4\0\0\0\0\0\0", ServerUnavailable, "NOT_A_GATEWAY", "something else than HTTP"),
        (None, ServerUnavailable, "CONNECTION_LOST", "perhaps it speaks TLS: https://"),
        (FINE[:-1].replace(b"length: 0", b"length: 9"), ServerUnavailable, "CONNECTION_LOST", "does not answer"),
    ],
)
async def test_what_is_not_an_answer_is_told_in_words(
    ask: Any, answer: bytes, kind: type[LienzoError], reason: str, words: str
) -> None:
    if answer and b"length: 9" in answer:
        answer += b"\r\n"
    async with running(Scripted(answer, None).serve) as port:
        with pytest.raises(kind, match=words) as caught:
            await ask(port, "list_models", attempts=1)
    assert caught.value.reason == reason
