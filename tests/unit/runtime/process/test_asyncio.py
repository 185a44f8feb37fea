"""The asyncio side of the runtime, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from runtime.calls.access_log import access_log
from runtime.calls.errors import error_interceptor
from runtime.calls.telemetry import IN_FLIGHT, telemetry
from runtime.process.interceptors import GrpcInterceptor
from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused
from runtime.status import StatusError, from_rpc_error
from runtime.work.budget import Budget
from runtime.work.intake import Intake
from tests.support.waiting import comes_true


class Example(gateway_pb2_grpc.GatewayServiceServicer):
    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def ClassifyImage(self, request: Any, context: Any) -> Any:
        if request.request_id == "fault":
            raise RuntimeError("secret")
        if request.request_id == "wait":
            self.begun.set()
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        raise StatusError(grpc.StatusCode.NOT_FOUND, "NOTHING", "nothing here", {"what": "it"})

    async def StreamClassifyImages(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:
        try:
            async for each in request_iterator:
                if each.request_id == "fault":
                    raise RuntimeError("secret")
                yield gateway_pb2.StreamClassifyImagesResponse(request_id=each.request_id)
        finally:
            self.cancelled.set()


@pytest.fixture
async def example() -> AsyncIterator[tuple[Example, gateway_pb2_grpc.GatewayServiceStub]]:
    interceptors = (telemetry, access_log, error_interceptor({}))
    server = grpc.aio.server(interceptors=[GrpcInterceptor(interceptors, Intake(Budget(2**20), 10, 10))])
    servicer = Example()
    gateway_pb2_grpc.add_GatewayServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield servicer, gateway_pb2_grpc.GatewayServiceStub(channel)
    await server.stop(0)


async def test_a_call_that_is_not_admitted_is_refused_before_its_message() -> None:
    def admit(method: str) -> None:
        if method.endswith("/ClassifyImage"):
            raise refused(OVERLOADED)

    intake = Intake(Budget(2**20), 10, 10)
    server = grpc.aio.server(interceptors=[GrpcInterceptor([error_interceptor({})], intake, admit=admit)])
    gateway_pb2_grpc.add_GatewayServiceServicer_to_server(Example(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    async def nothing_sent() -> AsyncIterator[bytes]:
        await asyncio.sleep(30)
        yield b""

    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        method = channel.stream_unary("/lienzo.gateway.v1.GatewayService/ClassifyImage")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await method(nothing_sent(), timeout=10)
        error = from_rpc_error(caught.value)
        assert error is not None
        assert error.reason == "OVERLOADED"
        stream = gateway_pb2_grpc.GatewayServiceStub(channel).StreamClassifyImages
        items = [gateway_pb2.StreamClassifyImagesRequest(request_id="a")]
        assert [each.request_id async for each in stream(iter(items))] == ["a"]
    await server.stop(0)


def in_flight(method: str) -> float:
    value: float = IN_FLIGHT.labels(f"/lienzo.gateway.v1.GatewayService/{method}")._value.get()
    return value


async def test_a_fault_tells_nothing_and_a_refusal_everything(example: Any) -> None:
    _, stub = example
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ClassifyImage(gateway_pb2.ClassifyImageRequest(request_id="fault"))
    error = from_rpc_error(caught.value)
    assert error is not None
    assert error.reason == "INTERNAL"
    assert "secret" not in str(caught.value)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ClassifyImage(gateway_pb2.ClassifyImageRequest())
    error = from_rpc_error(caught.value)
    assert error is not None
    assert (error.reason, error.metadata) == ("NOTHING", {"what": "it"})


async def test_a_fault_ends_a_stream_without_its_text(example: Any) -> None:
    _, stub = example
    items = [gateway_pb2.StreamClassifyImagesRequest(request_id=name) for name in ("a", "fault")]
    answers = stub.StreamClassifyImages(iter(items))
    assert (await answers.read()).request_id == "a"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await answers.read()
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(caught.value)


async def test_the_work_of_a_caller_who_leaves_is_cancelled(example: Any) -> None:
    servicer, stub = example
    call = stub.ClassifyImage(gateway_pb2.ClassifyImageRequest(request_id="wait"))
    await asyncio.wait_for(servicer.begun.wait(), 5)
    assert in_flight("ClassifyImage") == 1
    call.cancel()
    await asyncio.wait_for(servicer.cancelled.wait(), 5)
    await comes_true(lambda: in_flight("ClassifyImage") == 0)


async def test_a_stream_whose_caller_leaves_is_closed(example: Any) -> None:
    servicer, stub = example
    stream = stub.StreamClassifyImages()
    await stream.write(gateway_pb2.StreamClassifyImagesRequest(request_id="a"))
    assert (await stream.read()).request_id == "a"
    stream.cancel()
    await asyncio.wait_for(servicer.cancelled.wait(), 5)
    await comes_true(lambda: in_flight("StreamClassifyImages") == 0)


async def test_a_caller_learns_at_once_that_its_stream_has_begun(example: Any) -> None:
    _, stub = example
    stream = stub.StreamClassifyImages()
    assert await asyncio.wait_for(stream.initial_metadata(), 5) is not None
    stream.cancel()
