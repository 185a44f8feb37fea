"""A server on loopback that answers HTTP requests with prepared bytes, right or wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

from lienzo.gateway.v1 import gateway_pb2

MODELS = gateway_pb2.ListModelsResponse().SerializeToString()


def response(status: int, kind: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


FINE = response(200, "application/proto", MODELS)
CUT = response(200, "application/proto", b"", "connection: close").replace(b"length: 0", b"length: 9")


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
                    size = [
                        line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                    ]
                    await reader.readexactly(int(size[0].split(b":")[1]))
                    self.requests.append(head)
                    answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
                    if answer is None:
                        return
                    writer.write(answer)
                    if answer is CUT:
                        return
            except (asyncio.IncompleteReadError, ConnectionError):
                return


@asynccontextmanager
async def running(serve: Callable[..., Awaitable[None]], **options: Any) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]
