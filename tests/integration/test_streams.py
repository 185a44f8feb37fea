"""Streams through the gateway: every id once, errors per item, nobody is held up by anybody else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from cli.serving.process import resident_bytes
from lienzo.classification.v1 import classification_pb2
from lienzo.features.v1 import features_pb2
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2, palette_pb2, recognition_pb2
from runtime.status import from_rpc_error
from tests.support.pictures import draw, jpeg

PICTURES = {label: jpeg(draw(label)) for label in ("grid", "strokes")}
MODEL = recognition_pb2.ModelVersion(name="shapes")


def item(request_id: str, data: bytes, model: str = "") -> gateway_pb2.StreamClassifyImagesRequest:
    request = gateway_pb2.ClassifyImageRequest(
        image=image_pb2.Image(data=data), model=recognition_pb2.ModelVersion(name=model)
    )
    return gateway_pb2.StreamClassifyImagesRequest(request_id=request_id, request=request)


def test_every_id_is_answered_once_with_its_own_answer(services: Any) -> None:
    labels = {f"{label}-{n}": label for n in range(20) for label in PICTURES}
    requests = (item(name, PICTURES[label]) for name, label in labels.items())
    answers = list(services.gateway.StreamClassifyImages(requests, timeout=60))
    assert sorted(each.request_id for each in answers) == sorted(labels)
    assert all(each.response.recognition.recognized.label == labels[each.request_id] for each in answers)


def test_pictures_that_fail_do_not_end_the_stream(services: Any) -> None:
    kinds = {
        "good": item("good", PICTURES["grid"]),
        "text": item("text", b"this is no picture at all"),
        "cut": item("cut", PICTURES["grid"][:500]),
        "model": item("model", PICTURES["grid"], "shape"),
        "none": gateway_pb2.StreamClassifyImagesRequest(request_id="none"),
        "large": item("large", bytes(21 * 2**20)),
        "last": item("last", PICTURES["strokes"]),
    }
    answers = {each.request_id: each for each in services.gateway.StreamClassifyImages(iter(kinds.values()))}
    reasons = {name: answers[name].error.reason for name in kinds}
    assert reasons == {
        "good": "",
        "text": "NOT_A_PICTURE",
        "cut": "TRUNCATED_PICTURE",
        "model": "UNKNOWN_MODEL",
        "none": "MISSING_IMAGE",
        "large": "PICTURE_TOO_LARGE",
        "last": "",
    }
    assert answers["model"].error.metadata["suggestion"] == "shapes"
    assert answers["text"].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


@pytest.mark.parametrize("sent", [1, 6])
def test_a_collection_that_is_refused_is_answered_while_its_caller_sends_or_is_quiet(
    services: Any, sent: int
) -> None:
    quiet = threading.Event()

    def pictures() -> Iterator[gateway_pb2.ExtractCollectionPaletteRequest]:
        for number in range(sent):
            image = image_pb2.Image(data=PICTURES["grid"])
            options = palette_pb2.PaletteOptions(color_count=300)
            yield gateway_pb2.ExtractCollectionPaletteRequest(
                request_id=str(number), image=image, options=options
            )
        quiet.wait(10)

    for _ in range(10):
        with pytest.raises(grpc.RpcError) as caught:
            services.gateway.ExtractCollectionPalette(pictures(), timeout=60)
        assert from_rpc_error(caught.value).reason == "INVALID_COLOR_COUNT"
    quiet.set()


def test_a_phone_may_wait_for_each_answer_before_it_sends_the_next(services: Any) -> None:
    to_send: queue.Queue[Any] = queue.Queue()
    answers = services.gateway.StreamClassifyImages(iter(to_send.get, None), timeout=60)
    for number in range(10):
        to_send.put(item(str(number), PICTURES["grid"]))
        assert next(answers).request_id == str(number)
    to_send.put(None)
    assert list(answers) == []


def test_features_and_labels_come_in_the_order_of_the_requests(services: Any) -> None:
    asked = [
        features_pb2.StreamFeaturesRequest(
            request_id=str(n),
            request=features_pb2.ExtractFeaturesRequest(
                image=image_pb2.Image(data=b"text" if n == 5 else PICTURES["grid"]), model=MODEL
            ),
        )
        for n in range(12)
    ]
    made = list(services.features.StreamFeatures(iter(asked), timeout=60))
    assert [each.request_id for each in made] == [str(n) for n in range(12)]
    assert made[5].error.reason == "NOT_A_PICTURE"
    to_classify = [
        classification_pb2.StreamClassifyRequest(
            request_id=each.request_id,
            request=classification_pb2.ClassifyRequest(features=each.response.features, model=MODEL),
        )
        for each in made
    ]
    got = list(services.classification.StreamClassify(iter(to_classify), timeout=60))
    assert [each.request_id for each in got] == [str(n) for n in range(12)]
    assert got[5].error.reason == "FEATURES_MISMATCH"
    assert {each.response.recognition.recognized.label for each in got if each.request_id != "5"} == {"grid"}


def test_a_caller_that_takes_no_answers_costs_no_memory(start: Any, channel: Any, models: Path) -> None:
    features, classification = (start(name, "--models", models) for name in ("features", "classification"))
    targets = ["--features-target", features.target, "--classification-target", classification.target]
    gateway = start("gateway", *targets)
    # A narrow window, and long answers: few of them fit on the way.
    narrow = (("grpc.http2.lookahead_bytes", 2**16), ("grpc.http2.bdp_probe", 0))
    stub = GatewayServiceStub(channel(gateway.target, *narrow))
    stub.ClassifyImage(item("", PICTURES["grid"]).request)
    before, sent = resident_bytes(gateway.pid), 0

    def large() -> Iterator[gateway_pb2.StreamClassifyImagesRequest]:
        nonlocal sent
        for number in range(2000):
            sent += 1
            yield item(str(number), b"no picture " + bytes(2**20), "m" * 300)

    stream = stub.StreamClassifyImages(large())
    stuck = -1
    while stuck != sent:
        stuck = sent
        time.sleep(0.7)
    assert sent < 1000
    grown = resident_bytes(gateway.pid) - before
    assert grown < 120 * 2**20, f"{grown >> 20} MiB after {sent} pictures of 1 MiB"
    # Nobody else is held up, and the stream goes on when its answers are taken.
    assert stub.ClassifyImage(item("", PICTURES["grid"]).request, timeout=20).recognition.labels
    assert {next(stream).error.reason for _ in range(sent)} == {"UNKNOWN_MODEL"}
    stream.cancel()


def test_callers_who_leave_in_the_middle_leave_nothing_behind(services: Any) -> None:
    def endless() -> Iterator[gateway_pb2.StreamClassifyImagesRequest]:
        number = 0
        while True:
            number += 1
            yield item(str(number), PICTURES["grid"])

    for _ in range(5):
        stream = services.gateway.StreamClassifyImages(endless())
        next(stream)
        stream.cancel()
    time.sleep(0.5)
    began = time.monotonic()
    services.gateway.ClassifyImage(item("", PICTURES["grid"]).request, timeout=20)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["gateway", "features"])
def test_a_connection_past_its_age_does_not_cut_a_stream_off(
    start: Any, channel: Any, name: str, models: Path
) -> None:
    process = start(name, "--max-connection-age-seconds", "1", "--models", models)
    method = {
        "gateway": "/lienzo.gateway.v1.GatewayService/StreamClassifyImages",
        "features": "/lienzo.features.v1.FeatureService/StreamFeatures",
    }[name]
    to_send: queue.Queue[Any] = queue.Queue()
    stream = channel(process.target).stream_stream(method)(iter(to_send.get, None))
    time.sleep(2.5)
    to_send.put(b"")
    assert next(stream)
    to_send.put(None)
    assert list(stream) == []
