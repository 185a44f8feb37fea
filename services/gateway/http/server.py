"""Serves the HTTP application in the event loop of the gRPC server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI

from runtime.process.addresses import CannotListen, address_of
from services.gateway.http.protocol import protocol_of
from services.gateway.settings import GatewaySettings


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals to its process, and bounds the time of TLS handshakes.

    Args:
        config: As for uvicorn.
        handshake_seconds: From then on a connection whose handshake has not ended is closed.
    """

    def __init__(self, config: uvicorn.Config, handshake_seconds: float) -> None:
        super().__init__(config)
        self._handshake_seconds = handshake_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen."""
        loop: Any = asyncio.get_running_loop()
        if not self.config.ssl:
            await super().startup(sockets)
            return
        # Uvicorn has no setting for it, and asyncio's own limit is a minute.
        loop.create_server = partial(loop.create_server, ssl_handshake_timeout=self._handshake_seconds)
        try:
            await super().startup(sockets)
        finally:
            del loop.create_server

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def http_server(app: FastAPI, settings: GatewaySettings) -> AsyncIterator[None]:
    """Serves the application inside the context, on the host of the gRPC server.

    Prints `http on http://HOST:PORT` to standard output, since the port of 0 is chosen by the system.

    Raises:
        CannotListen: When the port cannot be used.
    """
    listener = listening_socket(settings.host, settings.http_port)
    config = uvicorn.Config(
        app,
        http=protocol_of(settings.head_seconds),
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=max(1, int(settings.drain_seconds)),
        server_header=False,
    )
    config.load()  # here, where its errors are reported, and not in a task
    server = _Server(config, settings.head_seconds)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    scheme = "https" if settings.tls_certificate else "http"
    address = address_of(settings.host, listener.getsockname()[1])
    print(f"http on {scheme}://{address}", flush=True)  # noqa: T201  # for the parent
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def listening_socket(host: str, port: int) -> socket.socket:
    """Opens a listening socket without Nagle's algorithm, so that answers are sent at once.

    Raises:
        CannotListen: When the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise CannotListen(address_of(host, port), error.strerror or str(error)) from error
    # Connections inherit it. asyncio sets it only on sockets with TCP's protocol number, which is 0 here,
    # and every answer would wait 40 ms for the caller to acknowledge its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
