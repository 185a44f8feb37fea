"""A palette service whose answers the test decides, and the gateway's channel to it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2, palette_pb2_grpc
from runtime.calls.errors import error_interceptor
from runtime.process.interceptors import GrpcInterceptor
from runtime.work.budget import Budget
from runtime.work.intake import Intake
from services.gateway.backends import Backends
from services.gateway.settings import GatewaySettings


@dataclass
class Palettes(palette_pb2_grpc.PaletteServiceServicer):
    """Raises what it is given, one after the other, and then answers; a status code ends a call bare."""

    failures: list[Exception | grpc.StatusCode] = field(default_factory=list)
    always: Exception | grpc.StatusCode | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def ExtractPalette(self, request: Any, context: Any) -> Any:
        self.seen.append(dict(context.invocation_metadata()))
        failure = self.failures.pop(0) if self.failures else self.always
        if isinstance(failure, grpc.StatusCode):
            await context.abort(failure, "failed on purpose")
        if failure is not None:
            raise failure
        return palette_pb2.ExtractPaletteResponse()


@dataclass
class Behind:
    """The service and what the gateway has of it."""

    service: Palettes
    backends: Backends
    request: palette_pb2.ExtractPaletteRequest = field(
        default_factory=lambda: palette_pb2.ExtractPaletteRequest(image=image_pb2.Image(data=b"x"))
    )

    async def ask(self, deadline: Any) -> Any:
        palette = self.backends.palette.ExtractPalette
        return await self.backends.call("palette", palette, self.request, deadline)


@pytest.fixture(autouse=True)
def _no_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps pytest's own flags from the settings."""
    monkeypatch.setattr(sys, "argv", ["gateway"])


@pytest.fixture
async def behind() -> AsyncIterator[Callable[..., Behind]]:
    """Starts the service on a free port, and opens the gateway's channels."""
    started: list[tuple[grpc.aio.Server, Backends]] = []

    async def start(service: Palettes, **settings: Any) -> Behind:
        intake = Intake(Budget(2**20), 10, 10)
        server = grpc.aio.server(interceptors=[GrpcInterceptor([error_interceptor({})], intake)])
        palette_pb2_grpc.add_PaletteServiceServicer_to_server(service, server)
        target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        backends = Backends(GatewaySettings(**{"palette_target": target, **settings}))
        started.append((server, backends))
        return Behind(service, backends)

    yield start
    for server, backends in started:
        await backends.close()
        await server.stop(0)
