"""JSON under `/v1` for every unary method, the message itself as JSON, and senders that dawdle."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from lienzo.gateway.v1 import gateway_pb2
from tests.support.pictures import draw, jpeg

GRID = jpeg(draw("grid"))
ENCODED = base64.b64encode(GRID).decode()
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "http.md").read_text("utf-8")
UNARY = {
    "ClassifyImage": "/v1/classify",
    "ExtractPalette": "/v1/palette",
    "AnalyzeImage": "/v1/analyze",
    "IdentifyWork": "/v1/identify",
    "GetServerInfo": "/v1/info",
    "ListModels": "/v1/models",
    "GetModel": "/v1/models/{name}",
    "GetUpload": "/v1/uploads/{upload_id}",
}


def test_every_unary_method_has_a_path(services: Any) -> None:
    methods = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"].methods
    unary = {each.name for each in methods if not each.client_streaming and not each.server_streaming}
    assert unary - set(UNARY) == set(), "give these a path in services/gateway/http/routes.py, and in UNARY"
    assert set(UNARY) <= unary
    assert set(UNARY.values()) <= set(httpx.get(services.url + "/openapi.json").json()["paths"])


@pytest.mark.parametrize("path", UNARY.values())
def test_the_page_about_http_names_every_path(path: str) -> None:
    assert path.partition("{")[0] in PAGE, f"docs/http.md does not name {path}"


def test_the_server_tells_what_it_takes_and_has(services: Any) -> None:
    got = httpx.get(services.url + "/v1/info").json()
    assert got["defaultModel"] == {"name": "shapes", "version": 1}
    limits = got["pictureLimits"]
    assert (limits["maxBytes"], limits["maxPixels"], limits["minSidePx"]) == ("20971520", "50000000", 16)
    assert {"IMAGE_FORMAT_JPEG", "IMAGE_FORMAT_HEIC"} <= set(limits["formats"])
    assert (got["photoSidePx"], got["maxChunkBytes"], got["catalogues"]) == (1600, 2**20, [])
    assert got["features"] == []
    assert got["version"]


@pytest.mark.parametrize("works", ["works=true&max_works=2", "catalogue=museum", "max_works=2"])
def test_a_part_of_an_analysis_that_fails_is_told_in_its_place(services: Any, works: str) -> None:
    answer = httpx.post(f"{services.url}/v1/analyze?model=none&{works}", content=GRID, timeout=60)
    assert answer.status_code == 200
    got = answer.json()
    assert "recognition" not in got
    assert got["recognitionError"]["reason"] == "UNKNOWN_MODEL"
    assert got["worksError"]["reason"] == "UNKNOWN_CATALOGUE"
    assert got["palette"]["colors"]
    assert got["imageInfo"]["widthPx"] > 0


def test_the_message_itself_is_taken_as_json(services: Any) -> None:
    message = {"image": {"data": ENCODED}, "topK": 2, "model": {"name": "shapes"}, "requestId": "json-1"}
    first = httpx.post(services.url + "/v1/classify", json=message).json()
    assert first["recognition"]["recognized"]["label"] == "grid"
    assert len(first["recognition"]["labels"]) == 2
    # The very same answer, timings too: the id went along.
    assert httpx.post(services.url + "/v1/classify", json=message).json() == first
    over_grpc = services.gateway.ClassifyImage(
        gateway_pb2.ClassifyImageRequest(
            image={"data": GRID}, top_k=2, model={"name": "shapes"}, request_id="json-1"
        )
    )
    assert over_grpc.timings[-1].duration_ms == pytest.approx(first["timings"][-1]["durationMs"], rel=1e-5)


def test_a_palette_s_options_are_all_there_as_json(services: Any) -> None:
    message = {"image": {"data": ENCODED}, "options": {"colorCount": 2}}
    palette = httpx.post(services.url + "/v1/palette", json=message).json()["palette"]
    assert 1 <= len(palette["colors"]) <= 2


def test_an_upload_over_grpc_is_used_over_http(services: Any) -> None:
    def messages() -> Iterator[gateway_pb2.UploadImageRequest]:
        head = {
            "upload_id": "upload-for-http-1",
            "total_bytes": len(GRID),
            "sha256": hashlib.sha256(GRID).hexdigest(),
        }
        yield gateway_pb2.UploadImageRequest(head=head)
        yield gateway_pb2.UploadImageRequest(chunk=GRID)

    services.gateway.UploadImage(messages())
    state = httpx.get(services.url + "/v1/uploads/upload-for-http-1").json()
    assert state["receivedBytes"] == state["totalBytes"] == str(len(GRID))
    by_id = {"image": {"uploadId": "upload-for-http-1"}}
    answer = httpx.post(services.url + "/v1/classify", json=by_id).json()
    assert answer["recognition"]["recognized"]["label"] == "grid"
    missing = httpx.get(services.url + "/v1/uploads/never-began-at-all")
    assert (missing.status_code, missing.json()["reason"]) == (404, "UNKNOWN_UPLOAD")


def test_identify_says_what_the_grpc_door_says(services: Any) -> None:
    answer = httpx.post(services.url + "/v1/identify?catalogue=museum", content=GRID)
    with pytest.raises(grpc.RpcError) as caught:
        services.gateway.IdentifyWork(
            gateway_pb2.IdentifyWorkRequest(image={"data": GRID}, catalogue="museum")
        )
    assert answer.json()["code"] == caught.value.code().name == "NOT_FOUND"
    assert (answer.status_code, answer.json()["reason"]) == (404, "UNKNOWN_CATALOGUE")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"image": 1}', b"[" * 100_000, b'{"no": 1}'])
def test_json_that_is_no_such_message_is_malformed(services: Any, body: bytes) -> None:
    answer = httpx.post(
        services.url + "/v1/classify", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (400, "MALFORMED_REQUEST")


def test_a_picture_that_is_not_base64_is_told_so(services: Any) -> None:
    for data in ("!!!!", "data:image/jpeg;base64," + ENCODED):
        answer = httpx.post(services.url + "/v1/classify", json={"image": {"data": data}})
        assert (answer.status_code, answer.json()["reason"]) == (400, "MALFORMED_REQUEST")
        assert "image.data is not base64" in answer.json()["detail"]


def test_a_query_parameter_that_the_path_does_not_have_is_named(services: Any) -> None:
    misspelt = httpx.post(services.url + "/v1/identify?maxWorks=2", content=GRID)
    assert (misspelt.status_code, misspelt.json()["reason"]) == (400, "INVALID_REQUEST")
    assert misspelt.json()["detail"].endswith(
        'no query parameter "maxWorks"; there are: catalogue, max_works, region, tap'
    )
    assert httpx.get(services.url + "/v1/models?page=2").json()["reason"] == "INVALID_REQUEST"


def test_an_address_inside_json_is_refused_as_over_grpc(services: Any) -> None:
    answer = httpx.post(services.url + "/v1/classify", json={"image": {"uri": "file:///etc/passwd"}})
    assert (answer.status_code, answer.json()["reason"]) == (403, "URI_NOT_ALLOWED")


def test_a_body_that_comes_too_slowly_is_refused_and_cut_off(start: Any) -> None:
    gateway = start("gateway", "--body-seconds", "0.5")
    for path in ("/v1/classify", "/lienzo.gateway.v1.GatewayService/ClassifyImage"):
        host, _, port = gateway.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            headers = ("host: x", "content-length: 9999", "content-type: application/json")
            connection.sendall("\r\n".join([f"POST {path} HTTP/1.1", *headers, "", ""]).encode())
            began, answer = time.monotonic(), b""
            connection.settimeout(0.1)
            while time.monotonic() - began < 8:
                try:
                    more = connection.recv(4096)
                except TimeoutError:
                    # A server that has hung up answers what still comes by a reset.
                    with contextlib.suppress(ConnectionError):
                        connection.sendall(b" ")
                    continue
                except ConnectionResetError:
                    break
                if not more:
                    break
                answer += more
        assert answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 504 "))
        assert b"came too slowly" in answer
        assert 0.4 < time.monotonic() - began < 5


def test_a_head_that_never_ends_is_cut_off(start: Any) -> None:
    gateway = start("gateway", "--head-seconds", "0.5")
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    for already in (b"", b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(already)
            if already:
                assert connection.recv(2**20).startswith(b"HTTP/1.1 200 OK")
            began = time.monotonic()
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n")
            while connection.recv(2**20):
                pass
        assert 0.3 < time.monotonic() - began < 5
