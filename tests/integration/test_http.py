"""The HTTP door: what the original app sends, full JSON, and a description that holds."""

from __future__ import annotations

import io
import socket
import time
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from lienzo.gateway.v1 import gateway_pb2
from tests.support.pictures import draw, jpeg

GRID = jpeg(draw("grid"))
BLANK = jpeg(np.full((200, 300, 3), 128, np.uint8))


def test_predict_answers_the_label_as_a_json_string(services: Any) -> None:
    answer = httpx.post(
        services.url + "/predict", files={"file": ("photo.jpg", io.BytesIO(GRID), "image/jpeg")}
    )
    assert (answer.status_code, answer.text) == (200, '"grid"')
    assert answer.headers["content-type"] == "application/json"


def test_predict_answers_null_when_nothing_is_recognised(services: Any) -> None:
    answer = httpx.post(services.url + "/predict", files={"file": ("photo.jpg", BLANK)})
    assert (answer.status_code, answer.text) == (200, "null")


def test_predict_asks_the_model_that_is_named(services: Any) -> None:
    (model,) = httpx.get(services.url + "/v1/models").json()["models"]
    named = httpx.post(f"{services.url}/predict?model={model['model']['name']}", content=GRID)
    assert named.json() == "grid"
    unknown = httpx.post(services.url + "/predict?model=nobody", content=GRID)
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "UNKNOWN_MODEL")


def test_content_decides_and_never_the_file_name(services: Any) -> None:
    png = cv2.imencode(".png", draw("grid"))[1].tobytes()
    answer = httpx.post(services.url + "/v1/classify", files={"file": ("a.jpg", png, "image/jpeg")})
    assert answer.json()["imageInfo"] == {"format": "IMAGE_FORMAT_PNG", "widthPx": 320, "heightPx": 240}


def test_classify_answers_everything(services: Any) -> None:
    answer = httpx.post(services.url + "/v1/classify?model=shapes&version=1&top_k=2", content=GRID).json()
    recognition = answer["recognition"]
    assert recognition["recognized"]["label"] == "grid"
    assert recognition["labels"][0]["label"] == "grid"
    assert len(recognition["labels"]) == 2
    assert recognition["model"] == {"name": "shapes", "version": 1}
    stages = [each["stage"] for each in answer["timings"]]
    assert stages == ["decode", "features", "classification", "total"]


def test_classify_tells_not_recognised_with_score_and_threshold(services: Any) -> None:
    recognition = httpx.post(services.url + "/v1/classify", content=BLANK).json()["recognition"]
    assert recognition["notRecognized"] == {"score": 0.0, "threshold": pytest.approx(0.7)}
    assert "recognized" not in recognition


def test_both_doors_answer_the_same(services: Any) -> None:
    over_http = httpx.post(services.url + "/v1/classify", content=GRID).json()["recognition"]["labels"]
    request = gateway_pb2.ClassifyImageRequest(image={"data": GRID})
    over_grpc = services.gateway.ClassifyImage(request).recognition.labels
    assert [(each["label"], each["probability"]) for each in over_http] == [
        (each.label, pytest.approx(each.probability, rel=1e-6)) for each in over_grpc
    ]


def test_models_are_listed_and_described(services: Any) -> None:
    (model,) = httpx.get(services.url + "/v1/models").json()["models"]
    assert model["labels"] == ["circles", "grid", "strokes"]
    described = httpx.get(services.url + "/v1/models/shapes?version=1").json()["model"]
    assert described["meanings"]["grid"]["name"] == "grid"
    assert {**described, "meanings": {}} == model  # a list leaves out what labels mean


def test_openapi_describes_what_is_answered(services: Any) -> None:
    document = httpx.get(services.url + "/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) >= {"/predict", "/v1/classify", "/v1/palette", "/v1/models", "/healthz"}
    operation = document["paths"]["/v1/classify"]["post"]
    assert "multipart/form-data" in operation["requestBody"]["content"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = httpx.post(services.url + "/v1/classify", content=GRID).json()
    components = document["components"]["schemas"]
    assert_fits(answer, schema, components)
    problem = operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
    assert_fits(
        httpx.post(services.url + "/v1/classify", content=b"text, no picture").json(), problem, components
    )
    names = [each["name"] for each in operation["parameters"]]
    assert names == ["model", "version", "top_k", "request_id", "region", "tap"]
    assert httpx.get(services.url + "/docs").status_code == 200


def assert_fits(value: Any, schema: dict[str, Any], components: dict[str, Any]) -> None:
    """Checks a value against the part of JSON Schema that our document uses."""
    if "$ref" in schema:
        schema = components[schema["$ref"].removeprefix("#/components/schemas/")]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float)}
    kind = schema["type"]
    assert isinstance(value, kinds.get(kind, bool)), (value, schema)
    if kind == "object" and "properties" in schema:
        assert set(value) <= set(schema["properties"])
        assert set(schema.get("required", [])) <= set(value)
        for name, each in value.items():
            assert_fits(each, schema["properties"][name], components)
    elif kind == "array":
        for each in value:
            assert_fits(each, schema["items"], components)


def connected(services: Any) -> socket.socket:
    host, _, port = services.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def head(*headers: str) -> bytes:
    return "\r\n".join(["POST /predict HTTP/1.1", "host: test", *headers, "", ""]).encode()


def test_a_sender_who_asks_before_it_sends_is_told_at_once(services: Any) -> None:
    with connected(services) as connection:
        connection.sendall(head("content-length: 1000000000", "expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_sender_who_leaves_in_the_middle_is_no_fault(services: Any) -> None:
    with connected(services) as connection:
        connection.sendall(head("x-request-id: left-1", "content-length: 9999") + b"abc")
        time.sleep(0.2)
    deadline = time.monotonic() + 5
    while "left-1" not in (log := services.processes["gateway"].log) and time.monotonic() < deadline:
        time.sleep(0.05)
    (line,) = [line for line in log.splitlines() if "left-1" in line]
    assert '"CALLER_LEFT"' in line
    assert "traceback" not in line
