"""A small service on the real runtime: its answers are told by the bytes of the picture."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import grpc
import pytest

from lienzo.features.v1 import features_pb2, features_pb2_grpc
from lienzo.image.v1 import image_pb2
from runtime.configuration.settings import ServerSettings
from runtime.process.server import RunningServer, Service
from runtime.reasons.reason import Reason
from runtime.work.streams import answer_items
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
    """`hold` waits for `release`, `slow` takes a moment, `fault` and `refused` raise."""

    workplace: Workplace
    release: threading.Event = field(default_factory=threading.Event)
    begun: list[bytes] = field(default_factory=list)
    read: int = 0

    def ExtractFeatures(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self.workplace.answer(context, lambda: self._work(request.image.data))

    def StreamFeatures(self, request_iterator: Iterable[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        def counted() -> Iterator[Any]:
            for each in request_iterator:
                self.read += 1
                if each.request_id == "break":
                    raise RuntimeError("secret")
                yield each

        def answer(each: Any) -> Any:
            return features_pb2.StreamFeaturesResponse(
                request_id=each.request_id, response=self._work(each.request.image.data)
            )

        def to_error(each: Any, error: image_pb2.ItemError) -> Any:
            return features_pb2.StreamFeaturesResponse(request_id=each.request_id, error=error)

        return answer_items(counted(), answer, to_error, context=context, workplace=self.workplace)

    def ListExtractors(self, request: Any, context: grpc.ServicerContext) -> Any:
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
    """The service on its port."""

    server: RunningServer
    example: Example
    target: str
    channel: grpc.Channel

    @property
    def stub(self) -> features_pb2_grpc.FeatureServiceStub:
        return features_pb2_grpc.FeatureServiceStub(self.channel)


Run = Callable[..., Running]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Starts the service with settings of the test's own; stops it afterwards."""
    monkeypatch.setattr(sys, "argv", ["example"])
    started: list[Running] = []

    def start(
        load: Callable[[], None] = lambda: None, problem: Callable[[], str] = lambda: "", **settings: Any
    ) -> Running:
        made: list[Example] = []

        def register(server: grpc.Server, workplace: Workplace) -> None:
            made.append(Example(workplace))
            features_pb2_grpc.add_FeatureServiceServicer_to_server(made[0], server)

        table = {Refused: Reason("REFUSED", grpc.StatusCode.INVALID_ARGUMENT, "")}
        service = Service(NAME, table, register, load, problem=problem)
        server = RunningServer(ExampleSettings(**settings), service)
        target = f"127.0.0.1:{server.start()}"
        channel = grpc.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)])
        started.append(Running(server, made[0], target, channel))
        return started[-1]

    yield start
    for running in started:
        running.example.release.set()
        running.channel.close()
        running.server.stop(0)


def eventually(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.005)
