"""Streams, collections and single calls at the same time: nothing hangs, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.tiny_model import draw, jpeg
from lienzo.features.v1 import features_pb2
from lienzo.features.v1.features_pb2_grpc import FeatureServiceStub
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo.palette.v1 import palette_pb2
from lienzo.palette.v1.palette_pb2_grpc import PaletteServiceStub

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
