"""A small service on the real runtime: its answers are told by the bytes of the picture."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import grpc
import pytest

from lienzo.features.v1 import features_pb2, features_pb2_grpc
from lienzo.image.v1 import image_pb2
from runtime.calls.callers import Caller
from runtime.configuration.settings import ServerSettings
from runtime.process.aio_server import RunningServer
from runtime.process.server import Service, with_workers
from runtime.reasons.reason import Reason
from runtime.work.streams import answer_requests
from runtime.work.workplace import Workplace

NAME = "lienzo.features.v1.FeatureService"


class ExampleSettings(ServerSettings):
    process: ClassVar[str] = "example"


class Refused(ValueError):
    """In the service's table."""

    details: ClassVar[dict[str, str]] = {"limit": "3"}


def picture(data: bytes) -> features_pb2.ExtractFeaturesRequest:
    return features_pb2.ExtractFeaturesRequest(image=image_pb2.Image(data=data))


def item(request_id: str, data: bytes = b"") -> features_pb2.StreamFeaturesRequest:
    return features_pb2.StreamFeaturesRequest(request_id=request_id, request=picture(data))


@dataclass
class Example(features_pb2_grpc.FeatureServiceServicer):
    """Answers by the bytes: `hold` waits for `release`, `slow` takes a moment, `far` is long to fetch;

    `fault` and `refused` raise.
    """

    workplace: Workplace
    release: threading.Event = field(default_factory=threading.Event)
    begun: list[bytes] = field(default_factory=list)
    read: int = 0

    async def ExtractFeatures(self, request: Any, context: Any) -> Any:
        async def prepare(caller: Caller) -> Any:
            if request.image.data == b"far":
                await asyncio.sleep(10)
            return lambda: self._work(request.image.data)

        return await self.workplace.answer(context, prepare)

    def StreamFeatures(self, request_iterator: Any, context: Any) -> AsyncGenerator[Any, None]:
        async def counted() -> AsyncGenerator[Any, None]:
            async for each in request_iterator:
                self.read += 1
                if each.request_id == "break":
                    raise RuntimeError("secret")
                yield each

        async def prepare(request: Any, caller: Caller) -> Any:
            return lambda: self._work(request.image.data)

        return answer_requests(
            counted(),
            prepare,
            features_pb2.StreamFeaturesResponse,
            context=context,
            workplace=self.workplace,
        )

    async def ListExtractors(self, request: Any, context: Any) -> Any:
        return features_pb2.ListExtractorsResponse()

    def _work(self, data: bytes) -> features_pb2.ExtractFeaturesResponse:
        self.begun.append(data)
        if data == b"hold":
            self.release.wait(10)
        if data.startswith(b"slow"):
            time.sleep(0.02)
        if data == b"fault":
            raise RuntimeError("secret: /home/ana/key.pem")
        if data == b"refused":
            raise Refused("at most 3")
        return features_pb2.ExtractFeaturesResponse(
            image_info=image_pb2.ImageInfo(width_px=len(data)),
            features=features_pb2.Features(
                local_features=features_pb2.LocalFeatures(descriptors=bytes(100_000 if data == b"big" else 0))
            ),
        )


@dataclass
class Running:
    """The service on its port, in an event loop of its own."""

    loop: asyncio.AbstractEventLoop
    server: RunningServer
    example: Example
    target: str
    channel: grpc.Channel
    is_stopped: bool = False

    def stop(self, drain_seconds: float) -> None:
        self.is_stopped = True
        asyncio.run_coroutine_threadsafe(self.server.stop(drain_seconds), self.loop).result()

    @property
    def stub(self) -> features_pb2_grpc.FeatureServiceStub:
        return features_pb2_grpc.FeatureServiceStub(self.channel)


Run = Callable[..., Running]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Starts the service with settings of the test's own; stops it afterwards."""
    monkeypatch.setattr(sys, "argv", ["example"])
    started: list[Running] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def start(
        load: Callable[[], None] = lambda: None, problem: Callable[[], str] = lambda: "", **settings: Any
    ) -> Running:
        made: list[Example] = []

        def register(server: grpc.aio.Server, workplace: Workplace) -> None:
            made.append(Example(workplace))
            features_pb2_grpc.add_FeatureServiceServicer_to_server(made[0], server)

        async def begin() -> tuple[RunningServer, int]:
            table = {Refused: Reason("REFUSED", grpc.StatusCode.INVALID_ARGUMENT, "")}
            service = Service(NAME, table, register, load, problem=problem)
            server = RunningServer(chosen, with_workers(chosen, service))
            return server, await server.start()

        chosen = ExampleSettings(**settings)
        server, port = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        target = f"127.0.0.1:{port}"
        channel = grpc.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)])
        started.append(Running(loop, server, made[0], target, channel))
        return started[-1]

    yield start
    for running in started:
        running.example.release.set()
        running.channel.close()
        if not running.is_stopped:
            running.stop(0)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
