"""A gateway that answers as it is told to, and an eye on the view model."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from PIL import Image

from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import image_pb2, palette_pb2, recognition_pb2
from lienzo_client import AsyncClient
from lienzo_client.app.camera import Camera, CameraError
from lienzo_client.app.state import Phase, State
from lienzo_client.app.view_model import MainViewModel
from lienzo_client.app.words import load_words

PATIENCE_S = 15.0
WORDS = load_words("en")
INFO = image_pb2.ImageInfo(format=image_pb2.IMAGE_FORMAT_JPEG, width_px=400, height_px=300)
COLORS = [palette_pb2.PaletteColor(hex="#3b1f14", share=1.0, name="umber")]


@dataclass
class Wall(gateway_pb2_grpc.GatewayServiceServicer):
    """A gateway for which every picture is the same painting.

    Attributes:
        known: Whether it recognises the painting.
        fault: Code, reason and metadata of what it answers instead.
        palette_fault: The same, in the place of the palette.
        works: The works that its catalogue finds.
        held: Cleared, it does not answer before it is set again.
        asked: The methods that were called with a picture.
        info: What it tells about itself; None where it is too old for that.
        received: The pictures that it was sent.
        regions: The part of each that it was to look at.
        threshold: What its model asks for; None where that is not served any more.
    """

    known: bool = True
    fault: tuple[grpc.StatusCode, str, dict[str, str]] | None = None
    palette_fault: tuple[grpc.StatusCode, str, dict[str, str]] | None = None
    works: list[gateway_pb2.IdentifiedWork] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    info: gateway_pb2.GetServerInfoResponse | None = None
    received: list[bytes] = field(default_factory=list)
    regions: list[image_pb2.Region] = field(default_factory=list)
    threshold: float | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def GetModel(self, request: Any, context: Any) -> Any:
        self.asked.append("GetModel")
        if self.threshold is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "it is gone")
        model = recognition_pb2.Model(model=request.model, threshold=self.threshold)
        return gateway_pb2.GetModelResponse(model=model)

    def GetServerInfo(self, request: Any, context: Any) -> Any:
        if self.info is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "an older gateway")
        return self.info

    def AnalyzeImage(self, request: Any, context: Any) -> Any:
        self.received.append(request.image.data)
        self.regions.append(request.image.region)
        self._meet("AnalyzeImage", context, self.fault)
        response = gateway_pb2.AnalyzeImageResponse(
            recognition=self._recognition(), image_info=INFO, works=self.works
        )
        if self.palette_fault is None:
            response.palette.colors.extend(COLORS)
        else:
            code, reason, metadata = self.palette_fault
            response.palette_error.MergeFrom(
                image_pb2.ItemError(code=code.value[0], reason=reason, metadata=metadata)
            )
        if not self.works:
            response.works_error.MergeFrom(image_pb2.ItemError(code=5, reason="UNKNOWN_CATALOGUE"))
        return response

    def _recognition(self) -> recognition_pb2.Recognition:
        labels = [("la_gran_ola", 0.87), ("girasoles", 0.06), ("el_grito", 0.001)]
        answer = recognition_pb2.Recognition(
            labels=[recognition_pb2.LabelProbability(label=name, probability=p) for name, p in labels]
        )
        answer.model.name, answer.model.version = "museum", 3
        if self.known:
            answer.recognized.CopyFrom(recognition_pb2.Recognized(label="la_gran_ola", probability=0.87))
        else:
            answer.not_recognized.CopyFrom(recognition_pb2.NotRecognized(score=0.87, threshold=0.9))
        return answer

    def _meet(self, method: str, context: Any, fault: Any) -> None:
        self.asked.append(method)
        context.add_callback(self.cancelled.set)
        self.held.wait(PATIENCE_S)
        if fault is not None:
            context.abort_with_status(_status(*fault))


def _status(code: grpc.StatusCode, reason: str, metadata: dict[str, str]) -> Any:
    packed = any_pb2.Any()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="lienzo", metadata=metadata))
    return rpc_status.to_status(
        status_pb2.Status(code=int(code.value[0]), message=f"it is {reason}", details=[packed])
    )


class Drawn:
    """A camera that sees a drawn picture, or has a problem."""

    def __init__(self, problem: Exception | None = None, count: int = 10_000) -> None:
        self._problem = problem
        self._count = count
        self.shown = 0
        self.closed = threading.Event()

    def frames(self) -> Iterator[Image.Image]:
        try:
            for number in range(self._count):
                if self._problem is not None:
                    raise self._problem
                self.shown += 1
                yield Image.new("RGB", (400, 300), (number % 256, 80, 40))
        finally:
            self.closed.set()


class Watcher:
    """A view model with everything that it reported."""

    def __init__(self, model: MainViewModel, states: list[State], toasts: list[str]) -> None:
        self.model = model
        self.states = states
        self.toasts = toasts

    @property
    def state(self) -> State:
        return self.model.state

    @property
    def phases(self) -> list[Phase]:
        """The phases in order, without repetitions."""
        return [phase for phase, _ in itertools.groupby(each.phase for each in self.states)]

    async def complaint(self) -> str:
        """Waits until something went wrong, and says what."""
        state = await self.until(Phase.FAILED)
        assert state.error is not None
        return WORDS.problem(state.error, name=state.error_name, target=state.server).title

    async def until(self, *phases: Phase) -> State:
        return await self.when(lambda state: state.phase in phases)

    async def when(self, holds: Callable[[State], bool]) -> State:
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self.state):
                await asyncio.sleep(0.005)
        return self.state


@pytest.fixture
def wall(serve: Callable[..., Any]) -> Iterator[Any]:
    """A running `Wall`: `wall.gateway` is what it answers, `wall.target` where it listens."""
    gateway = Wall()
    gateway.held.set()
    yield serve(gateway=gateway)
    gateway.held.set()


@pytest.fixture
async def watch() -> AsyncIterator[Callable[..., Watcher]]:
    """Makes view models that are closed after the test."""
    opened: list[MainViewModel] = []

    def make(target: str, camera: Camera | None = None, model: str = "", **arguments: Any) -> Watcher:
        states: list[State] = []
        toasts: list[str] = []
        given = {"attempts": 1, "timeout_s": 5.0, **arguments}
        opened.append(
            MainViewModel(
                lambda server: AsyncClient(server, **given),
                camera or Drawn(CameraError("CAMERA_MISSING", "none")),
                states.append,
                toasts.append,
                server=target,
                model=model,
            )
        )
        return Watcher(opened[-1], states, toasts)

    yield make
    for each in opened:
        await each.close()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "ola.jpg"
    Image.effect_noise((400, 300), 60).convert("RGB").save(path)
    return path


@pytest.fixture
def drawn() -> type[Drawn]:
    return Drawn
