"""Whoever sends without a key, without end or not at all takes little, and locks nobody out."""

from __future__ import annotations

import hashlib
import queue
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from cli.serving.process import ServiceProcess, resident_bytes
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from lienzo.palette.v1.palette_pb2_grpc import PaletteServiceStub
from runtime.status import from_rpc_error
from tests.support.http2 import Connection
from tests.support.pictures import draw, jpeg

CLASSIFY = "/lienzo.gateway.v1.GatewayService/ClassifyImage"
PALETTE = "/lienzo.palette.v1.PaletteService/ExtractPalette"
MIB = 2**20
IMAGE = image_pb2.Image(data=jpeg(draw("grid", 1, (160, 120))))
KEY = (("authorization", "Bearer inside"),)


@pytest.fixture
def key_flags(tmp_path: Path) -> tuple[str, ...]:
    keys = tmp_path / "keys"
    keys.write_text(f"ana:{hashlib.sha256(b'inside').hexdigest()}\n")
    return "--api-keys-file", str(keys)


def thread_count(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None, caught.value
    return error.reason


def unfinished(process: ServiceProcess, stack: ExitStack, calls: int, size: int) -> int:
    """Sends messages but for their last bytes; returns by how much the memory of the process has grown."""
    before = grown = resident_bytes(process.pid)
    for _ in range(calls):
        connection = stack.enter_context(Connection(process.target))
        stream = connection.call(CLASSIFY)
        connection.send(stream, size + 100, size, seconds=0.3)
        grown = max(grown, resident_bytes(process.pid))
    return grown - before


def test_unfinished_messages_without_a_key_take_no_memory(start: Any, key_flags: Any) -> None:
    with ExitStack() as stack:
        grown = unfinished(start("gateway", *key_flags), stack, 8, 16 * MIB)
    assert grown < 24 * MIB


def test_unfinished_messages_are_ended_when_they_take_too_much(start: Any, channel: Any) -> None:
    gateway = start("gateway", "--max-held-bytes", 32 * MIB)
    with ExitStack() as stack:
        grown = unfinished(gateway, stack, 16, 16 * MIB)
        assert grown < 170 * MIB
        stub = GatewayServiceStub(channel(gateway.target))
        assert refusal(lambda: stub.GetUpload(gateway_pb2.GetUploadRequest(), timeout=5)) == "UNKNOWN_UPLOAD"


def test_calls_that_send_nothing_and_watches_lock_nobody_out(
    start: Any, channel: Any, key_flags: Any
) -> None:
    palette = start("palette", "--workers", 1, "--queue", 4, *key_flags)
    threads = thread_count(palette.pid)
    health = health_pb2_grpc.HealthStub(channel(palette.target))
    with Connection(palette.target) as silent:
        for _ in range(300):
            silent.call("/grpc.health.v1.Health/Check")
            silent.call(PALETTE)
        watches = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(170)]
        said = [each.code() for each in watches if each.done()]
        assert set(said) <= {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == 1
        stub = PaletteServiceStub(channel(palette.target))
        asked = palette_pb2.ExtractPaletteRequest(image=IMAGE)
        assert stub.ExtractPalette(asked, timeout=10, metadata=KEY).palette.colors
        assert thread_count(palette.pid) <= threads + 8
        for each in watches:
            each.cancel()


def test_a_call_that_sends_nothing_is_ended(start: Any) -> None:
    palette = start("palette", "--receive-seconds", 0.5)
    with Connection(palette.target) as silent:
        call = silent.call(PALETTE)
        began = time.monotonic()
        while call not in silent.ended:
            silent.read()
    assert 0.4 < time.monotonic() - began < 5


def test_idle_streams_are_ended_and_leave_a_share_to_others(start: Any, channel: Any) -> None:
    gateway = start("gateway", "--max-streams", 8, "--idle-seconds", 1)
    stub = GatewayServiceStub(channel(gateway.target))
    streams = [stub.StreamClassifyImages(iter(queue.Queue().get, None), timeout=20) for _ in range(8)]
    reasons = [refusal(lambda each=each: next(each)) for each in streams]  # type: ignore[misc]
    assert sorted(reasons) == ["OVERLOADED"] * 4 + ["SLOW_UPLOAD"] * 4
    assert list(stub.StreamClassifyImages(iter(()), timeout=5)) == []


def test_a_body_that_lacks_a_byte_is_ended_in_time(start: Any) -> None:
    gateway = start("gateway", "--body-seconds", 0.5, "--receive-seconds", 1)
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"POST /v1/palette HTTP/1.1\r\nhost: localhost\r\ncontent-length: {4 * MIB}\r\n\r\n"
        connection.sendall(head.encode() + bytes(4 * MIB - 1))
        began = time.monotonic()
        assert b" 408 " in connection.recv(100)
    assert time.monotonic() - began < 5


def test_bodies_of_all_doors_count_in_one_budget(start: Any, channel: Any) -> None:
    gateway = start("gateway", "--max-held-bytes", MIB)
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    stub = GatewayServiceStub(channel(gateway.target))
    large = gateway_pb2.ExtractPaletteRequest(image=image_pb2.Image(data=bytes(MIB // 2)))
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /v1/palette HTTP/1.1\r\nhost: a\r\ncontent-length: {MIB}\r\n\r\n".encode())
        connection.sendall(bytes(MIB - 1))
        time.sleep(0.5)
        with pytest.raises(grpc.RpcError) as caught:
            stub.ExtractPalette(large, timeout=5)
        answer = httpx.post(gateway.url + "/v1/palette", content=large.image.data)
        assert (answer.status_code, answer.json()["reason"]) == (429, "OVERLOADED")
        assert answer.headers["retry-after"] == "1"
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]
    assert status is not None
    info, pause = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(info)
    assert info.reason == "OVERLOADED"
    assert status.details[2].Unpack(pause)
    assert pause.retry_delay.seconds == 1
    # Nothing is kept of those who left: the same call is taken now, and fails for another reason.
    time.sleep(0.5)
    assert refusal(lambda: stub.ExtractPalette(large, timeout=20)) == "BACKEND_UNAVAILABLE"


def test_a_collection_with_a_message_that_is_refused_is_answered(services: Any) -> None:
    asked = gateway_pb2.ExtractCollectionPaletteRequest
    too_long = asked(image=IMAGE, request_id="x" * 129)
    for sent in ([too_long], [asked(image=IMAGE), too_long]):
        call = services.gateway.ExtractCollectionPalette
        assert refusal(lambda sent=sent, call=call: call(iter(sent), timeout=10)) == "INVALID_REQUEST"  # type: ignore[misc]


def test_answers_carry_the_request_id(services: Any) -> None:
    asked = gateway_pb2.ClassifyImageRequest(image=IMAGE)
    _, call = services.gateway.ClassifyImage.with_call(asked, metadata=(("x-request-id", "r-7"),))
    assert dict(call.trailing_metadata())["x-request-id"] == "r-7"
    stream = services.gateway.StreamClassifyImages(iter(()), metadata=(("x-request-id", "r-8"),))
    assert list(stream) == []
    assert dict(stream.trailing_metadata())["x-request-id"] == "r-8"


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("ClassifyImage", gateway_pb2.ClassifyImageRequest(image=IMAGE, request_id="x" * 129)),
        ("ExtractPalette", gateway_pb2.ExtractPaletteRequest(image=IMAGE, options={"color_space": 99})),
    ],
)
def test_stated_limits_hold_over_grpc(services: Any, method: str, request_: Any) -> None:
    assert refusal(lambda: getattr(services.gateway, method)(request_)) == "INVALID_REQUEST"


def test_a_chunk_of_an_upload_has_a_largest_size(services: Any) -> None:
    head = gateway_pb2.UploadHead(upload_id="a" * 20, total_bytes=2 * MIB, sha256="0" * 64)
    for chunk in (b"", bytes(MIB + 1)):
        sent = [gateway_pb2.UploadImageRequest(head=head), gateway_pb2.UploadImageRequest(chunk=chunk)]
        assert refusal(lambda sent=sent: services.gateway.UploadImage(iter(sent))) == "INVALID_REQUEST"  # type: ignore[misc]


def test_items_of_streams_are_received_only_while_there_is_room(start: Any, channel: Any) -> None:
    gateway = start("gateway", "--max-held-bytes", 8 * MIB, "--features-target", "127.0.0.1:1")
    stub, sent = GatewayServiceStub(channel(gateway.target)), 0

    def pictures() -> Iterator[Any]:
        nonlocal sent
        for _ in range(10):
            sent += 1
            request = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=bytes(MIB)))
            yield gateway_pb2.StreamClassifyImagesRequest(request=request)

    before = resident_bytes(gateway.pid)
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: len(list(stub.StreamClassifyImages(pictures(), timeout=60))), range(4)))
    assert got == [10] * 4
    assert resident_bytes(gateway.pid) - before < 80 * MIB
