"""Models, features, methods and services that are not there say so: status, reason, metadata."""

from __future__ import annotations

import time
from typing import Any

import grpc
import httpx
import pytest

from lienzo.classification.v1 import classification_pb2
from lienzo.features.v1 import features_pb2
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2, recognition_pb2
from runtime.status import StatusError
from tests.integration.refusals import GRID, INVALID, classify, refused


def test_suggests_the_model_that_was_meant(services: Any) -> None:
    error = refused(lambda: services.gateway.ClassifyImage(classify(GRID, "shape")))
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL")
    assert error.metadata["suggestion"] == "shapes"
    assert error.message == 'No model "shape". There are: shapes (version 1). Did you mean shapes?'
    answer = httpx.post(services.url + "/v1/classify?model=shape", content=GRID)
    assert (answer.status_code, answer.json()["metadata"]["suggestion"]) == (404, "shapes")
    assert httpx.get(services.url + "/v1/models/pattern").status_code == 404


def test_names_the_version_that_is_not_there(services: Any) -> None:
    error = refused(lambda: services.gateway.ClassifyImage(classify(GRID, "shapes", 7)))
    assert (error.reason, error.metadata["version"]) == ("UNKNOWN_MODEL", "7")
    request = gateway_pb2.GetModelRequest(model=recognition_pb2.ModelVersion(name="shapes", version=7))
    assert refused(lambda: services.gateway.GetModel(request)).reason == "UNKNOWN_MODEL"


def test_a_very_long_name_is_told_in_short(services: Any) -> None:
    error = refused(lambda: services.gateway.ClassifyImage(classify(GRID, "é" * 100_000)))
    assert error.reason == "UNKNOWN_MODEL"
    assert len(error.metadata["model"]) < 500


def test_refuses_what_is_no_path_into_the_repository(services: Any) -> None:
    for name in ("..", "../..", "/etc", "shapes/1"):
        assert refused(lambda name=name: services.gateway.ClassifyImage(classify(GRID, name))).reason == (
            "UNKNOWN_MODEL"
        )


def test_does_not_read_uris_or_unknown_uploads(services: Any) -> None:
    def asking(**source: str) -> StatusError:
        request = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(**source))
        return refused(lambda: services.gateway.ClassifyImage(request))

    error = asking(uri="file:///etc/passwd")
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "URI_NOT_ALLOWED")
    error = asking(upload_id="0123456789abcdef")
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_UPLOAD")


@pytest.mark.parametrize(
    ("request_fields", "reason"),
    [
        ({}, "MISSING_EXTRACTOR"),
        ({"spec": features_pb2.ExtractorSpec(name="sifft")}, "UNKNOWN_EXTRACTOR"),
        (
            {"spec": features_pb2.ExtractorSpec(name="sift", parameters={"max_keypoints": "many"})},
            "INVALID_EXTRACTOR_PARAMETER",
        ),
        (
            {"spec": features_pb2.ExtractorSpec(name="sift", parameters={"size": "1"})},
            "INVALID_EXTRACTOR_PARAMETER",
        ),
    ],
    ids=["none", "unknown", "bad value", "unknown parameter"],
)
def test_features_tell_a_wrong_extractor(services: Any, request_fields: Any, reason: str) -> None:
    request = features_pb2.ExtractFeaturesRequest(image=image_pb2.Image(data=GRID), **request_fields)
    assert refused(lambda: services.features.ExtractFeatures(request)).reason == reason


def local(**fields: Any) -> features_pb2.Features:
    return features_pb2.Features(
        local_features=features_pb2.LocalFeatures(**fields), extractor_digest=fields.pop("digest", "")
    )


def test_a_classifier_refuses_features_of_another_extractor(services: Any) -> None:
    spec = features_pb2.ExtractorSpec(name="sift")
    made = services.features.ExtractFeatures(
        features_pb2.ExtractFeaturesRequest(image=image_pb2.Image(data=GRID), spec=spec)
    )
    request = classification_pb2.ClassifyRequest(features=made.features)
    error = refused(lambda: services.classification.Classify(request))
    assert (error.code, error.reason) == (INVALID, "FEATURES_MISMATCH")
    assert "rootsift" in error.message


@pytest.mark.parametrize(
    "change",
    [
        {"count": 3},
        {"dimension": 64},
        {"type": features_pb2.DESCRIPTOR_TYPE_UNSPECIFIED},
        {"type": features_pb2.DESCRIPTOR_TYPE_FLOAT32, "count": 2**31, "dimension": 2**31},
        {"type": features_pb2.DESCRIPTOR_TYPE_FLOAT32, "count": 1, "descriptors": b"\xff" * 512},
    ],
    ids=["wrong count", "wrong dimension", "no type", "absurd size", "no numbers"],
)
def test_a_classifier_refuses_features_that_do_not_add_up(services: Any, change: dict[str, Any]) -> None:
    made = services.features.ExtractFeatures(
        features_pb2.ExtractFeaturesRequest(
            image=image_pb2.Image(data=GRID), model=recognition_pb2.ModelVersion(name="shapes")
        )
    )
    for name, value in change.items():
        setattr(made.features.local_features, name, value)
    request = classification_pb2.ClassifyRequest(features=made.features)
    assert refused(lambda: services.classification.Classify(request)).reason == "FEATURES_MISMATCH"


@pytest.mark.parametrize("name", ["gateway", "features", "classification"])
@pytest.mark.parametrize("shape", ["unary_unary", "unary_stream", "stream_unary", "stream_stream"])
def test_an_unknown_method_has_a_reason_too(services: Any, channel: Any, name: str, shape: str) -> None:
    method = f"/lienzo.{name}.v1.Nothing/Such"
    multicallable = getattr(channel(services.target(name)), shape)(method)

    def call() -> Any:
        answer = multicallable(iter([]) if shape.startswith("stream") else b"", timeout=5)
        return list(answer) if shape.endswith("stream") else answer

    error = refused(call)
    assert (error.code, error.reason) == (grpc.StatusCode.UNIMPLEMENTED, "UNKNOWN_METHOD")
    assert error.metadata == {"method": method}


@pytest.mark.parametrize(
    ("name", "method", "shape"),
    [
        ("gateway", "lienzo.gateway.v1.GatewayService/ClassifyImage", "unary_unary"),
        ("gateway", "lienzo.gateway.v1.GatewayService/StreamClassifyImages", "stream_stream"),
        ("features", "lienzo.features.v1.FeatureService/ExtractFeatures", "unary_unary"),
        ("features", "lienzo.features.v1.FeatureService/StreamFeatures", "stream_stream"),
    ],
)
def test_bytes_that_are_no_message_have_a_reason_too(
    services: Any, channel: Any, name: str, method: str, shape: str
) -> None:
    multicallable = getattr(channel(services.target(name)), shape)(f"/{method}")

    def call() -> Any:
        answer = multicallable(iter([b"\xff\xff"]) if shape == "stream_stream" else b"\xff\xff", timeout=5)
        return list(answer) if shape == "stream_stream" else answer

    error = refused(call)
    assert (error.code, error.reason) == (INVALID, "MALFORMED_REQUEST")


def test_a_server_without_catalogues_says_so(services: Any) -> None:
    error = refused(lambda: services.gateway.IdentifyWork(gateway_pb2.IdentifyWorkRequest()))
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_CATALOGUE")


def test_a_message_over_the_limit_of_the_transport_is_refused(services: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        services.gateway.ClassifyImage(classify(bytes(65 * 2**20)))
    # The one refusal that gRPC itself makes: a message this large is never read, so nothing of ours sees it.
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert services.gateway.ClassifyImage(classify(GRID)).recognition.labels


def test_a_service_that_is_not_running_is_told_after_a_few_tries(start: Any, channel: Any) -> None:
    gone = "127.0.0.1:1"
    flags = [f"--{name}-target={gone}" for name in ("features", "classification", "palette")]
    process = start("gateway", *flags)
    gateway = GatewayServiceStub(channel(process.target))
    began = time.monotonic()
    error = refused(lambda: gateway.ClassifyImage(classify(GRID)))
    assert time.monotonic() - began < 10  # five tries in two seconds, on a busy machine too
    assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "BACKEND_UNAVAILABLE")
    assert error.metadata == {"service": "features"}
    request = gateway_pb2.AnalyzeImageRequest(image=image_pb2.Image(data=GRID))
    assert refused(lambda: gateway.AnalyzeImage(request)).reason == "BACKEND_UNAVAILABLE"
    answer = httpx.post(process.url + "/predict", content=GRID)
    assert (answer.status_code, answer.json()["reason"]) == (503, "BACKEND_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    health = httpx.get(process.url + "/healthz")
    assert health.status_code == 503
    assert not any(health.json()["services"].values())


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "NO_SUCH_PATH"),
        ("GET", "/predict", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v1/classify?top_k=-1", 400, "INVALID_REQUEST"),
        ("POST", "/v1/classify?version=x", 400, "INVALID_REQUEST"),
        ("POST", f"/v1/classify?model={'m' * 65}", 400, "INVALID_REQUEST"),
        ("GET", "/web/../../settings.py", 404, "NO_SUCH_PATH"),
        ("GET", "/web/%2e%2e/settings.py", 404, "NO_SUCH_PATH"),
    ],
)
def test_http_refusals_are_problem_details(
    services: Any, method: str, path: str, status: int, reason: str
) -> None:
    answer = httpx.request(method, services.url + path)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"
