"""Connect and gRPC-Web: what a browser speaks, answered by the very methods that gRPC callers ask."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from connectrpc.client import ConnectClient
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2

from lienzo.gateway.v1 import gateway_pb2
from tests.support.pictures import draw, jpeg

GRID = jpeg(draw("grid"))
LARGE = GRID + bytes(200_000)
"""The same picture, in a message that is read beside the event loop."""
SERVICE = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"]
SHAPES = {
    (False, False): StreamType.UNARY,
    (False, True): StreamType.SERVER_STREAM,
    (True, False): StreamType.CLIENT_STREAM,
    (True, True): StreamType.BIDI_STREAM,
}
WAYS = {
    "connect-proto": (ProtocolType.CONNECT, google_protobuf_binary_codec()),
    "connect-json": (ProtocolType.CONNECT, google_protobuf_json_codec()),
    "grpc-web": (ProtocolType.GRPC_WEB, google_protobuf_binary_codec()),
}


def method(name: str) -> MethodInfo[Any, Any]:
    found = SERVICE.methods_by_name[name]
    return MethodInfo(
        name=name,
        service_name=SERVICE.full_name,
        input=GetMessageClass(found.input_type),
        output=GetMessageClass(found.output_type),
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=SHAPES[found.client_streaming, found.server_streaming],
    )


@pytest.fixture(params=WAYS)
async def browser(request: pytest.FixtureRequest, services: Any) -> AsyncIterator[ConnectClient]:
    protocol, codec = WAYS[request.param]
    async with ConnectClient(
        services.url, protocol=protocol, codec=codec, send_compression=None, timeout_ms=20_000
    ) as client:
        yield client


def asked(data: bytes, **fields: Any) -> gateway_pb2.ClassifyImageRequest:
    return gateway_pb2.ClassifyImageRequest(image={"data": data}, **fields)


def info_of(error: ConnectError) -> error_details_pb2.ErrorInfo:
    (packed,) = [each for each in error.details if each.type_name == "google.rpc.ErrorInfo"]
    return error_details_pb2.ErrorInfo.FromString(packed.message_bytes)


async def test_a_browser_gets_the_answers_of_the_grpc_door(browser: ConnectClient, services: Any) -> None:
    answer = await browser.execute_unary(request=asked(GRID), method=method("ClassifyImage"))
    assert answer.recognition == services.gateway.ClassifyImage(asked(GRID)).recognition
    assert (
        await browser.execute_unary(request=asked(LARGE), method=method("ClassifyImage"))
    ).recognition == (answer.recognition)
    listed = await browser.execute_unary(request=gateway_pb2.ListModelsRequest(), method=method("ListModels"))
    assert listed == services.gateway.ListModels(gateway_pb2.ListModelsRequest())


def test_what_changes_nothing_may_be_called_by_get(services: Any) -> None:
    path = f"{services.url}/{SERVICE.full_name}"
    asked = {"connect": "v1", "encoding": "json", "message": '{"model":{"name":"shapes"}}'}
    answer = httpx.get(f"{path}/GetModel", params=asked)
    assert answer.status_code == 200
    assert answer.json()["model"]["model"] == {"name": "shapes", "version": 1}
    without_message = httpx.get(f"{path}/GetModel")
    assert without_message.status_code in (400, 415)


async def test_an_error_carries_reason_and_request_id(browser: ConnectClient) -> None:
    with pytest.raises(ConnectError) as caught:
        await browser.execute_unary(
            request=asked(b"text"), method=method("ClassifyImage"), headers={"x-request-id": "mine-8"}
        )
    assert caught.value.code is Code.INVALID_ARGUMENT
    info = info_of(caught.value)
    assert (info.reason, info.domain) == ("NOT_A_PICTURE", "lienzo")
    (packed,) = [each for each in caught.value.details if each.type_name == "google.rpc.RequestInfo"]
    assert error_details_pb2.RequestInfo.FromString(packed.message_bytes).request_id == "mine-8"


async def test_a_model_s_error_is_told_in_the_middle_of_a_server_stream(browser: ConnectClient) -> None:
    request = gateway_pb2.DownloadModelRequest(model={"name": "shape"})
    with pytest.raises(ConnectError) as caught:
        async for _ in browser.execute_server_stream(request=request, method=method("DownloadModel")):
            pass
    assert (caught.value.code, info_of(caught.value).reason) == (Code.NOT_FOUND, "UNKNOWN_MODEL")


async def test_an_upload_and_a_stream_of_pictures_go_through(browser: ConnectClient) -> None:
    async def chunks() -> AsyncIterator[gateway_pb2.UploadImageRequest]:
        digest = hashlib.sha256(GRID).hexdigest()
        head = {"upload_id": f"upload-{id(browser):020d}", "total_bytes": len(GRID), "sha256": digest}
        yield gateway_pb2.UploadImageRequest(head=head)
        yield gateway_pb2.UploadImageRequest(chunk=GRID)

    done = await browser.execute_client_stream(request=chunks(), method=method("UploadImage"))
    by_id = gateway_pb2.ClassifyImageRequest(image={"upload_id": done.upload_id})

    async def items() -> AsyncIterator[gateway_pb2.StreamClassifyImagesRequest]:
        yield gateway_pb2.StreamClassifyImagesRequest(request_id="a", request=by_id)
        yield gateway_pb2.StreamClassifyImagesRequest(request_id="b", request=asked(b"text"))
        yield gateway_pb2.StreamClassifyImagesRequest(request_id="c", request=asked(LARGE))

    answers = {
        each.request_id: each
        async for each in browser.execute_bidi_stream(request=items(), method=method("StreamClassifyImages"))
    }
    assert answers["a"].response.recognition.recognized.label == "grid"
    assert answers["b"].error.reason == "NOT_A_PICTURE"
    assert answers["c"].response.recognition.recognized.label == "grid"


async def test_a_deadline_that_has_passed_is_told(browser: ConnectClient) -> None:
    with pytest.raises(ConnectError) as caught:
        await browser.execute_unary(request=asked(GRID), method=method("ClassifyImage"), timeout_ms=1)
    assert caught.value.code is Code.DEADLINE_EXCEEDED


def call(url: str, name: str, content: bytes, **headers: str) -> httpx.Response:
    given = {
        "content-type": "application/json",
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    return httpx.post(f"{url}/lienzo.gateway.v1.GatewayService/{name}", content=content, headers=given)


def reason_of(answer: httpx.Response) -> str:
    packed = base64.b64decode(answer.json()["details"][0]["value"] + "==")
    return str(error_details_pb2.ErrorInfo.FromString(packed).reason)


def is_one_sentence(message: str) -> bool:
    return message.endswith(".") and not message.endswith("..") and "\n" not in message


@pytest.mark.parametrize(
    ("name", "content", "headers", "status", "reason"),
    [
        ("Classify", b"{}", {}, 404, "UNKNOWN_METHOD"),
        ("ClassifyImage", b"{}", {"content_type": "application/grpc"}, 415, "UNKNOWN_CONTENT_TYPE"),
        ("ClassifyImage", b"{}", {"content_type": ""}, 415, "UNKNOWN_CONTENT_TYPE"),
    ],
)
def test_what_is_no_call_is_told_as_a_problem(
    services: Any, name: str, content: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = call(services.url, name, content, **headers)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_is_called_by_post(services: Any) -> None:
    answer = httpx.get(f"{services.url}/lienzo.gateway.v1.GatewayService/UploadImage")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "json"), (b"[1]", "json"), (b"[" * 100_000, "json"), (b"\xff", "proto")]
)
def test_a_message_that_is_none_is_malformed(services: Any, content: bytes, kind: str) -> None:
    answer = call(services.url, "ClassifyImage", content, content_type=f"application/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")
    assert reason_of(answer) == "MALFORMED_REQUEST"
    assert is_one_sentence(answer.json()["message"])


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b'{"topK": -1}', "json", "topK is not a whole number from 0 to 4294967295."),
        (b'{"image": {"data": 3}}', "json", "image.data is not base64."),
        (b'{"image": {}, "image": {}}', "json", '"image" comes twice in one object.'),
        (b"\xff", "proto", "The request is not the message that this method takes."),
    ],
)
def test_a_message_that_is_none_is_told_in_words_of_the_server(
    services: Any, content: bytes, kind: str, message: str
) -> None:
    answer = call(services.url, "ClassifyImage", content, content_type=f"application/{kind}")
    assert answer.json()["message"].endswith(message)
    assert is_one_sentence(answer.json()["message"])


@pytest.mark.parametrize(
    ("headers", "status"), [({"content_encoding": "gzip"}, 400), ({"content_encoding": "lzma"}, 501)]
)
def test_what_cannot_be_unpacked_is_told_in_one_sentence(
    services: Any, headers: dict[str, str], status: int
) -> None:
    answer = call(services.url, "ClassifyImage", b"not packed", **headers)
    assert answer.status_code == status
    assert answer.json()["message"].startswith("The request cannot be read: ")
    assert is_one_sentence(answer.json()["message"])


def test_a_compression_that_is_not_known_has_a_reason_of_its_own(services: Any) -> None:
    answer = call(services.url, "ClassifyImage", b"{}", content_encoding="lzma")
    assert (answer.status_code, answer.json()["code"]) == (501, "unimplemented")
    assert reason_of(answer) == "UNSUPPORTED_ENCODING"


def test_a_key_is_asked_for_before_the_body_is_read(start: Any, tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(f"app:{hashlib.sha256(b'secret').hexdigest()}\n")
    gateway = start("gateway", "--api-keys-file", keys, "--max-message-bytes", "100000")
    refused = call(gateway.url, "ClassifyImage", b"not even JSON" * 100_000)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    passed = call(gateway.url, "ClassifyImage", b"not JSON", authorization="Bearer secret")
    assert passed.status_code == 400
    large = call(gateway.url, "ClassifyImage", bytes(200_000), authorization="Bearer secret")
    assert (large.status_code, reason_of(large)) == (400, "PICTURE_TOO_LARGE")
    assert [reason_of(each) for each in (refused, passed)] == ["MISSING_CREDENTIALS", "MALFORMED_REQUEST"]


def test_pages_of_other_origins_are_let_in_by_name_only(start: Any, services: Any) -> None:
    page = {"origin": "https://museum.example", "access-control-request-method": "POST"}
    address = "/lienzo.gateway.v1.GatewayService/ListModels"
    assert "access-control-allow-origin" not in httpx.options(services.url + address, headers=page).headers
    gateway = start("gateway", "--cors-origins", "https://museum.example, https://other.example")
    page["access-control-request-headers"] = "connect-protocol-version,content-type,x-api-key"
    answer = httpx.options(gateway.url + address, headers=page)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, page["origin"])
    assert "access-control-allow-credentials" not in answer.headers
    stranger = httpx.options(gateway.url + address, headers={**page, "origin": "https://stranger.example"})
    assert "access-control-allow-origin" not in stranger.headers
    # A museum's own page keeps works, too.
    for method in ("PUT", "DELETE"):
        asked = {**page, "access-control-request-method": method}
        answer = httpx.options(f"{gateway.url}/v1/catalogues/museum/works/P001174", headers=asked)
        assert (answer.status_code, method in answer.headers["access-control-allow-methods"]) == (200, True)
    # A package is continued, and not fetched twice.
    asked = {"origin": page["origin"], "access-control-request-method": "GET"}
    asked["access-control-request-headers"] = "if-none-match,if-range,range"
    answer = httpx.options(f"{gateway.url}/v1/models/patterns/coreml", headers=asked)
    assert answer.status_code == 200
    told = httpx.get(gateway.url + "/v1/info", headers={"origin": page["origin"]}).headers
    assert {"etag", "content-range"} <= set(told["access-control-expose-headers"].split(", "))
    # What is told goes to the page too, refusals included.
    got = httpx.post(gateway.url + "/v1/classify", content=b"", headers={"origin": page["origin"]})
    assert (got.status_code, got.headers["access-control-allow-origin"]) == (400, page["origin"])
