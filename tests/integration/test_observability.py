"""What operators and tools see: logs, metrics, health, reflection, OpenAPI; connections that stay."""

from __future__ import annotations

import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2
from tests.support.pictures import draw, jpeg

GRID = jpeg(draw("grid"))
REQUEST = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=GRID))
NAMES = {
    "gateway": "lienzo.gateway.v1.GatewayService",
    "features": "lienzo.features.v1.FeatureService",
    "classification": "lienzo.classification.v1.ClassificationService",
}


def lines_with(services: Any, name: str, request_id: str) -> list[dict[str, Any]]:
    """Log lines of a process about one request; every line must be JSON."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in services.processes[name].log.splitlines()]
        found = [line for line in lines if line.get("request_id") == request_id]
        if found:
            return found
        time.sleep(0.05)
    return []


@pytest.mark.parametrize("door", ["grpc", "http"])
def test_one_request_id_runs_through_the_logs_of_all_services(services: Any, door: str) -> None:
    request_id = f"trace-{door}-1"
    if door == "grpc":
        services.gateway.ClassifyImage(REQUEST, metadata=[("x-request-id", request_id)])
    else:
        answer = httpx.post(services.url + "/predict", content=GRID, headers={"x-request-id": request_id})
        assert answer.headers["x-request-id"] == request_id
    methods = {name: lines_with(services, name, request_id)[-1] for name in NAMES}
    assert methods["features"]["method"] == "/lienzo.features.v1.FeatureService/ExtractFeatures"
    assert methods["classification"]["method"].endswith("/Classify")
    assert {line["code"] for line in methods.values()} == {"OK"}
    assert {line["process"] for line in methods.values()} == set(NAMES)
    assert all(line["ms"] >= 0 and line["level"] == "info" and line["time"] for line in methods.values())


def test_a_request_id_that_could_spoil_the_log_is_replaced(services: Any) -> None:
    answer = httpx.get(services.url + "/v1/models", headers={"x-request-id": "x" * 300})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_a_refusal_is_logged_with_its_reason(services: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        services.gateway.ClassifyImage(
            gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=b"text, no picture")),
            metadata=[("x-request-id", "refused-1")],
        )
    assert ("x-request-id", "refused-1") in caught.value.trailing_metadata()
    (line,) = lines_with(services, "features", "refused-1")
    assert (line["reason"], line["code"], line["level"]) == ("NOT_A_PICTURE", "INVALID_ARGUMENT", "info")


@pytest.mark.parametrize("name", ["gateway", "features"])
def test_metrics_are_on_a_port_of_their_own(start: Any, channel: Any, models: Path, name: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(name, "--metrics-port", port, "--models", models)
    connection = channel(process.target)
    for number in range(20):
        with pytest.raises(grpc.RpcError):
            connection.unary_unary(f"/made.Up/Method{number}")(b"")
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'lienzo_calls_total{code="UNIMPLEMENTED",method="unknown"} 20.0' in text
    assert "Method1" not in text
    assert "lienzo_call_seconds_bucket" in text
    if name == "gateway":
        httpx.post(process.url + "/predict", content=GRID)
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'lienzo_calls_total{code="UNAVAILABLE",method="POST /predict"} 1.0' in text
        assert 'lienzo_calls_in_flight{method="POST /predict"} 0.0' in text


@pytest.mark.parametrize("name", sorted(NAMES))
def test_reflection_lists_and_describes_the_service(services: Any, channel: Any, name: str) -> None:
    ask = reflection_pb2_grpc.ServerReflectionStub(channel(services.target(name))).ServerReflectionInfo
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=NAMES[name]),
    ]
    listed, described = ask(iter(asked), timeout=5)
    names = {each.name for each in listed.list_services_response.service}
    assert {NAMES[name], "grpc.health.v1.Health"} <= names
    assert described.file_descriptor_response.file_descriptor_proto


@pytest.mark.parametrize("name", sorted(NAMES))
def test_health_is_told_for_the_server_and_the_service(services: Any, channel: Any, name: str) -> None:
    health = health_pb2_grpc.HealthStub(channel(services.target(name)))
    for service in ("", NAMES[name]):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(health_pb2.HealthCheckRequest(service="lienzo.none"), timeout=5)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("name", sorted(NAMES))
def test_pings_of_a_phone_do_not_end_the_connection(services: Any, channel: Any, name: str) -> None:
    pinging = channel(
        services.target(name),
        ("grpc.keepalive_time_ms", 50),
        ("grpc.keepalive_timeout_ms", 5000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    )
    states: list[grpc.ChannelConnectivity] = []
    health = health_pb2_grpc.HealthStub(pinging)
    health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    pinging.subscribe(states.append)
    time.sleep(1)
    health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert grpc.ChannelConnectivity.TRANSIENT_FAILURE not in states
    assert states.count(grpc.ChannelConnectivity.READY) <= 1


def test_healthz_names_the_services(services: Any, has_palette: bool) -> None:
    answer = httpx.get(services.url + "/healthz")
    assert answer.json()["services"] == {"features": True, "classification": True, "palette": has_palette}
    assert answer.status_code == (200 if has_palette else 503)
