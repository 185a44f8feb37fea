"""Streams, collections and single calls at the same time: nothing hangs, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lienzo.features.v1 import features_pb2
from lienzo.features.v1.features_pb2_grpc import FeatureServiceStub
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo.palette.v1 import palette_pb2
from lienzo.palette.v1.palette_pb2_grpc import PaletteServiceStub
from tests.support.pictures import draw, jpeg

IMAGE = image_pb2.Image(data=jpeg(draw("grid", 1, (320, 240))))
SECONDS = 30.0


def until_done(callers: int, call: Callable[[], object], work: Callable[[], int]) -> int:
    """Does the work while so many callers call in a loop; a call that fails fails the test."""
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            call()

    with ThreadPoolExecutor(callers) as pool:
        asking = [pool.submit(ask) for _ in range(callers)]
        try:
            return work()
        finally:
            done.set()
            for each in asking:
                each.result()


def test_single_palettes_beside_a_collection_do_not_hang(start: Any, channel: Any) -> None:
    palette = PaletteServiceStub(channel(start("palette", "--workers", "2").target))

    def pictures() -> Iterator[palette_pb2.ExtractCollectionPaletteRequest]:
        for number in range(60):
            yield palette_pb2.ExtractCollectionPaletteRequest(request_id=str(number), image=IMAGE)

    def collection() -> int:
        return len(palette.ExtractCollectionPalette(pictures(), timeout=SECONDS).pictures)

    single = palette_pb2.ExtractPaletteRequest(image=IMAGE)
    assert until_done(3, lambda: palette.ExtractPalette(single, timeout=SECONDS), collection) == 60


def test_single_calls_beside_a_stream_of_features_do_not_hang(start: Any, channel: Any, models: Path) -> None:
    features = FeatureServiceStub(channel(start("features", "--workers", "2", "--models", models).target))
    single = features_pb2.ExtractFeaturesRequest(
        image=IMAGE, model=recognition_pb2.ModelVersion(name="patterns")
    )

    def items() -> Iterator[features_pb2.StreamFeaturesRequest]:
        for number in range(60):
            yield features_pb2.StreamFeaturesRequest(request_id=str(number), request=single)

    def stream() -> int:
        return sum(
            each.WhichOneof("result") == "response"
            for each in features.StreamFeatures(items(), timeout=SECONDS)
        )

    assert until_done(2, lambda: features.ExtractFeatures(single, timeout=SECONDS), stream) == 60


def gateway_over(start: Any, channel: Any, models: Path, *flags: str) -> GatewayServiceStub:
    targets: list[str] = []
    for name in ("features", "classification"):
        targets += [f"--{name}-target", start(name, "--models", models, *flags).target]
    return GatewayServiceStub(channel(start("gateway", *targets).target))


def stream_of(count: int, small: image_pb2.Image) -> Iterator[gateway_pb2.StreamClassifyImagesRequest]:
    request = gateway_pb2.ClassifyImageRequest(image=small)
    for number in range(count):
        yield gateway_pb2.StreamClassifyImagesRequest(request_id=str(number), request=request)


def test_streams_through_the_gateway_are_held_back_and_lose_nothing(
    start: Any, channel: Any, models: Path
) -> None:
    # Room for 10 calls in each service; six streams have 16 pictures on the way at a time.
    gateway = gateway_over(start, channel, models, "--workers", "2", "--queue", "8")
    small = image_pb2.Image(data=jpeg(draw("grid", 1, (160, 120))))

    def reasons(_: int) -> list[tuple[str, str]]:
        answers = gateway.StreamClassifyImages(stream_of(20, small), timeout=60)
        return [(each.request_id, each.error.reason) for each in answers]

    def streams() -> int:
        with ThreadPoolExecutor(6) as pool:
            got = list(pool.map(reasons, range(6)))
        for each in got:
            assert sorted(each) == sorted((str(number), "") for number in range(20))
        return sum(map(len, got))

    # Single calls keep their share: none is refused, though streams would fill every queue.
    single = gateway_pb2.ClassifyImageRequest(image=small)
    assert until_done(2, lambda: gateway.ClassifyImage(single, timeout=60), streams) == 120


def test_an_item_that_no_service_can_take_is_refused_and_not_tried_for_ever(
    start: Any, channel: Any, models: Path
) -> None:
    gateway = gateway_over(start, channel, models, "--max-message-bytes", str(2**16))
    large = image_pb2.Image(data=bytes(2**17))
    (answer,) = gateway.StreamClassifyImages(stream_of(1, large), timeout=20)
    assert answer.error.reason == "MESSAGE_TOO_LARGE"
