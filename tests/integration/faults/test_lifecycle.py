"""From start to SIGTERM, as an orchestrator sees it."""

from __future__ import annotations

import queue
import signal
import time
from pathlib import Path
from typing import Any

import cv2
import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.serving.launcher import running_services
from cli.serving.process import ServiceProcess
from lienzo.features.v1 import features_pb2
from lienzo.features.v1.features_pb2_grpc import FeatureServiceStub
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from runtime.status import from_rpc_error
from tests.support.model import write_model
from tests.support.pictures import draw, jpeg
from tests.support.waiting import eventually

GRID = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=jpeg(draw("grid"))))
# Takes half a second or so: a large picture that is looked at whole.
SLOW = features_pb2.ExtractFeaturesRequest(
    image=image_pb2.Image(data=jpeg(draw("strokes", 1, (1800, 1350)))),
    spec=features_pb2.ExtractorSpec(
        name="sift", parameters={"max_side_px": "1800", "max_keypoints": "20000"}
    ),
)


def stopped_after(process: ServiceProcess, number: int = signal.SIGTERM) -> tuple[int, float]:
    began = time.monotonic()
    process.signal(number)
    return process.wait(), time.monotonic() - began


@pytest.mark.parametrize("name", ["gateway", "features", "classification"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_with_status_0_when_nothing_is_in_flight(
    start: Any, name: str, number: int, models: Path
) -> None:
    process = start(name, "--models", models)
    status, seconds = stopped_after(process, number)
    assert status == 0, process.log
    assert seconds < 3
    assert "Traceback" not in process.log


def test_is_not_ready_before_the_first_model_and_is_then_without_a_restart(tmp_path: Path) -> None:
    lacking = "the model repository has no model"
    with running_services(folders={"models": tmp_path}) as services:
        url = f"{services['gateway'].url}/healthz"
        answer = httpx.get(url)
        assert answer.status_code == httpx.head(url).status_code == 503
        assert answer.json() == {
            "serving": False,
            "services": {"features": False, "classification": False, "palette": True},
            "problems": {"features": lacking, "classification": lacking},
            "warnings": {},
        }
        assert "not ready: the model repository has no model" in services["features"].log
        write_model(tmp_path)
        eventually(lambda: httpx.get(url).status_code == 200)
        assert httpx.get(url).json()["problems"] == {}
        assert httpx.head(url).content == b""


def test_a_call_in_flight_finishes_before_the_process_ends(start: Any, channel: Any) -> None:
    process = start("features")
    stub = FeatureServiceStub(channel(process.target))
    answer = stub.ExtractFeatures.future(SLOW)
    time.sleep(0.15)
    assert not answer.done()
    status, _ = stopped_after(process)
    assert status == 0
    assert answer.result().features.local_features.count > 100


def test_a_call_through_the_gateway_finishes_before_the_gateway_ends(
    start: Any, channel: Any, models: Path
) -> None:
    features, classification = (
        start("features", "--models", models),
        start("classification", "--models", models),
    )
    targets = ["--features-target", features.target, "--classification-target", classification.target]
    process = start("gateway", *targets)
    stub = GatewayServiceStub(channel(process.target))
    stub.ClassifyImage(GRID)
    photo = cv2.resize(draw("grid", 1, (1500, 1000)), (6000, 4000), interpolation=cv2.INTER_NEAREST)
    large = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=jpeg(photo)))
    answer = stub.ClassifyImage.future(large)
    time.sleep(0.05)
    status, _ = stopped_after(process)
    assert status == 0
    assert answer.result().recognition.labels


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("gateway", "/lienzo.gateway.v1.GatewayService/StreamClassifyImages"),
        ("features", "/lienzo.features.v1.FeatureService/StreamFeatures"),
    ],
)
def test_an_idle_stream_does_not_outlive_the_drain(start: Any, channel: Any, name: str, method: str) -> None:
    process = start(name, "--drain-seconds", "1")
    to_send: queue.Queue[Any] = queue.Queue()
    stream = channel(process.target).stream_stream(method)(iter(to_send.get, None))
    time.sleep(0.3)
    status, seconds = stopped_after(process)
    assert status == 0, process.log
    assert seconds < 4
    with pytest.raises(grpc.RpcError):
        next(stream)
    to_send.put(None)
    assert "Traceback" not in process.log


def test_streams_that_only_wait_do_not_hold_the_gateway_up(start: Any, channel: Any, models: Path) -> None:
    features, classification = (start(name, "--models", models) for name in ("features", "classification"))
    targets = ["--features-target", features.target, "--classification-target", classification.target]
    process = start("gateway", "--drain-seconds", "30", *targets)
    gateway = GatewayServiceStub(channel(process.target))
    to_send: queue.Queue[Any] = queue.Queue()
    stream = gateway.StreamClassifyImages(iter(to_send.get, None))
    to_send.put(gateway_pb2.StreamClassifyImagesRequest(request_id="a", request=GRID))
    assert next(stream).request_id == "a"
    upload = gateway.UploadImage.future(iter(to_send.get, None))
    watch = health_pb2_grpc.HealthStub(channel(process.target)).Watch(health_pb2.HealthCheckRequest())
    next(watch)
    photo = cv2.resize(draw("grid", 1, (1500, 1000)), (6000, 4000), interpolation=cv2.INTER_NEAREST)
    large = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=jpeg(photo)))
    to_send.put(gateway_pb2.StreamClassifyImagesRequest(request_id="large", request=large))
    time.sleep(0.1)
    status, seconds = stopped_after(process)
    assert status == 0, process.log
    assert seconds < 5
    # What had come in was answered; then the caller was told why the stream ended.
    assert next(stream).request_id == "large"
    for call in (lambda: next(stream), upload.result):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        error = from_rpc_error(caught.value)  # type: ignore[arg-type]
        assert error is not None
        assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert [each.status for each in watch] == [health_pb2.HealthCheckResponse.NOT_SERVING]
    to_send.put(None)
    to_send.put(None)


def test_streams_that_only_wait_do_not_hold_a_service_up(start: Any, channel: Any, models: Path) -> None:
    process = start("features", "--drain-seconds", "30", "--models", models)
    to_send: queue.Queue[Any] = queue.Queue()
    stream = FeatureServiceStub(channel(process.target)).StreamFeatures(iter(to_send.get, None))
    to_send.put(features_pb2.StreamFeaturesRequest(request_id="slow", request=SLOW))
    watch = health_pb2_grpc.HealthStub(channel(process.target)).Watch(health_pb2.HealthCheckRequest())
    next(watch)
    time.sleep(0.15)
    status, seconds = stopped_after(process)
    assert (status, seconds < 8) == (0, True), process.log
    assert next(stream).response.features.local_features.count > 100
    with pytest.raises(grpc.RpcError) as caught:
        next(stream)
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None
    assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert [each.status for each in watch] == [health_pb2.HealthCheckResponse.NOT_SERVING]
    to_send.put(None)


@pytest.mark.parametrize("name", ["gateway", "features"])
def test_says_not_serving_while_it_drains(start: Any, channel: Any, models: Path, name: str) -> None:
    process = start(name, "--drain-seconds", "1", "--models", models)
    health = health_pb2_grpc.HealthStub(channel(process.target))
    watch = health.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    process.signal()
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()
    assert process.wait() == 0


def test_a_backend_that_comes_back_is_used_again(start: Any, channel: Any, models: Path) -> None:
    features, classification = (
        start("features", "--models", models),
        start("classification", "--models", models),
    )
    targets = ["--features-target", features.target, "--classification-target", classification.target]
    gateway = GatewayServiceStub(channel(start("gateway", *targets).target))
    gateway.ClassifyImage(GRID)
    port = features.target.rpartition(":")[2]
    features.stop()
    with pytest.raises(grpc.RpcError) as caught:
        gateway.ClassifyImage(GRID)
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None
    assert error.reason == "BACKEND_UNAVAILABLE"
    start("features", "--models", models, "--grpc-port", port)
    eventually(lambda: answered(gateway))


def answered(gateway: GatewayServiceStub) -> bool:
    try:
        gateway.ClassifyImage(GRID)
    except grpc.RpcError:
        return False
    return True
