"""A small gateway that really speaks gRPC, and both clients behind one handle."""

from __future__ import annotations

import datetime
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import image_pb2, palette_pb2, recognition_pb2
from tests.support.asker import Asker
from tests.support.certificate import Certificate, make_certificate

ARTWORKS = recognition_pb2.ModelVersion(name="artworks", version=3)
FAULTS = {
    b"text": (grpc.StatusCode.INVALID_ARGUMENT, "NOT_A_PICTURE", {"media_type": "text/plain"}),
    b"full": (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", {}),
    b"away": (grpc.StatusCode.UNAVAILABLE, "BACKEND_UNAVAILABLE", {"backend": "features"}),
    b"fault": (grpc.StatusCode.INTERNAL, "INTERNAL", {"request_id": "r-1"}),
}


def rich_status(code: grpc.StatusCode, reason: str, metadata: dict[str, str]) -> Any:
    """What a lienzo server sends for an error."""
    packed = any_pb2.Any()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="lienzo", metadata=metadata))
    number = int(code.value[0])
    return rpc_status.to_status(status_pb2.Status(code=number, message=f"it is {reason}", details=[packed]))


def recognition(label: str) -> recognition_pb2.Recognition:
    """A verdict; `nothing` is what no model knows, `verified` what was compared with exemplars."""
    answer = recognition_pb2.Recognition(
        labels=[recognition_pb2.LabelProbability(label=label, probability=0.75)], model=ARTWORKS
    )
    if label == "nothing":
        answer.not_recognized.CopyFrom(recognition_pb2.NotRecognized(score=0.25, threshold=0.5))
    else:
        answer.recognized.CopyFrom(recognition_pb2.Recognized(label=label, probability=0.75))
    if label == "verified":
        outline = [recognition_pb2.Point(x_px=x, y_px=y) for x, y in ((1, 2), (9, 2), (9, 8), (1, 8))]
        found = recognition_pb2.Verification(verified=True, agreeing_points=23, outline=outline)
        answer.verification.CopyFrom(found)
    return answer


def label_of(data: bytes) -> str:
    """The bytes themselves; every real JPEG shows Guernica."""
    return "guernica" if data.startswith(b"\xff\xd8") else data.decode()


INFO = image_pb2.ImageInfo(format=image_pb2.IMAGE_FORMAT_JPEG, width_px=640, height_px=480)
TIMINGS = [image_pb2.StageTiming(stage="total", duration_ms=12.5)]
PALETTE = palette_pb2.Palette(
    colors=[
        palette_pb2.PaletteColor(
            hex="#ffffff",
            share=0.75,
            rgb=palette_pb2.RgbColor(red=255, green=255, blue=255),
            is_background=True,
        ),
        palette_pb2.PaletteColor(
            hex="#3b1f14", share=0.25, temperature=palette_pb2.COLOR_TEMPERATURE_WARM, css_name="black"
        ),
    ],
    dominant_index=0,
    dominant_without_background_index=1,
    has_background=True,
)


@dataclass
class Gateway(gateway_pb2_grpc.GatewayServiceServicer):
    """Labels a picture by its own bytes; some bytes stand for trouble."""

    seen: list[Any] = field(default_factory=list)
    metadata: dict[str, str | bytes] = field(default_factory=dict)
    most_at_once: int = 0
    break_after: int = 0
    unavailable: int = 0
    pushback: str = ""
    hold: threading.Event = field(default_factory=threading.Event)

    def ClassifyImage(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        if request.model.name not in ("", "artworks"):
            details = {"model": request.model.name, "known": "artworks (version 3)", "suggestion": "artworks"}
            context.abort_with_status(rich_status(grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL", details))
        data = request.image.data
        if self.pushback:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", self.pushback),))
        if self.unavailable:
            self.unavailable -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "unavailable on purpose")
        if data == b"slow":
            self.hold.wait(5)
        if data in FAULTS:
            context.abort_with_status(rich_status(*FAULTS[data]))
        if data == b"secret":
            context.abort_with_status(rich_status(grpc.StatusCode.UNAUTHENTICATED, "MISSING_CREDENTIALS", {}))
        label = request.image.uri or label_of(data)
        return gateway_pb2.ClassifyImageResponse(
            recognition=recognition(label), image_info=INFO, timings=TIMINGS
        )

    def StreamClassifyImages(self, request_iterator: Iterable[Any], context: Any) -> Iterator[Any]:
        self._note(None, context)
        for count, item in enumerate(request_iterator, start=1):
            self.seen.append(item.request_id)
            data = item.request.image.data
            if data == b"never":
                continue
            if data == b"text":
                error = image_pb2.ItemError(
                    code=3,
                    reason="NOT_A_PICTURE",
                    message="not a picture",
                    metadata={"media_type": "text/plain"},
                )
                yield gateway_pb2.StreamClassifyImagesResponse(request_id=item.request_id, error=error)
                continue
            response = gateway_pb2.ClassifyImageResponse(
                recognition=recognition(label_of(data)), image_info=INFO, timings=TIMINGS
            )
            yield gateway_pb2.StreamClassifyImagesResponse(request_id=item.request_id, response=response)
            if self.break_after and count >= self.break_after:
                self.break_after = 0
                context.abort(grpc.StatusCode.UNAVAILABLE, "broken on purpose")

    def ExtractPalette(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        return gateway_pb2.ExtractPaletteResponse(palette=PALETTE, image_info=INFO, timings=TIMINGS)

    def AnalyzeImage(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        return gateway_pb2.AnalyzeImageResponse(
            recognition=recognition(label_of(request.image.data)),
            palette=PALETTE,
            image_info=INFO,
            timings=TIMINGS,
        )

    def ListModels(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        model = recognition_pb2.Model(
            model=ARTWORKS, labels=["giralda", "guernica"], extractor="rootsift", accuracy=0.5, threshold=0.25
        )
        model.create_time.FromDatetime(datetime.datetime(2026, 1, 2, 3, 4, 5))
        return gateway_pb2.ListModelsResponse(models=[model])

    def GetModel(self, request: Any, context: Any) -> Any:
        return gateway_pb2.GetModelResponse(model=self.ListModels(request, context).models[0])

    def _note(self, request: Any, context: Any) -> None:
        if request is not None:
            self.seen.append(request)
        self.metadata = dict(context.invocation_metadata())


@dataclass
class Running:
    """A gateway and where it listens; it can be stopped and started again on the same port."""

    gateway: gateway_pb2_grpc.GatewayServiceServicer
    credentials: grpc.ServerCredentials | None = None
    port: int = 0
    options: tuple[tuple[str, int], ...] = (("grpc.so_reuseport", 0),)
    server: grpc.Server | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = grpc.server(futures.ThreadPoolExecutor(8), options=self.options)
        gateway_pb2_grpc.add_GatewayServiceServicer_to_server(self.gateway, self.server)
        address = f"127.0.0.1:{self.port}"
        if self.credentials is None:
            self.port = self.server.add_insecure_port(address)
        else:
            self.port = self.server.add_secure_port(address, self.credentials)
        self.server.start()

    def stop(self) -> None:
        if isinstance(self.gateway, Gateway):
            self.gateway.hold.set()
        if self.server is not None:
            self.server.stop(0).wait()


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Starts gateways on free ports and stops them after the test."""
    started: list[Running] = []

    def start(**arguments: Any) -> Running:
        running = Running(**{"gateway": Gateway(), **arguments})
        running.start()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def gateway(serve: Callable[..., Running]) -> Running:
    return serve()


@pytest.fixture(params=["sync", "asyncio"])
async def asker(request: pytest.FixtureRequest) -> AsyncIterator[Asker]:
    """Every promise is kept by both clients."""
    handle = Asker(request.param)
    yield handle
    await handle.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Of a server on this machine."""
    return make_certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture
def unused_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
