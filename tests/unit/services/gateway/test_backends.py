"""The gateway's way to the other services: what is tried again, what is not, and what failures mean."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc
import pytest

from lienzo.palette.v1 import palette_pb2_grpc
from runtime.calls.callers import WAITS_KEY
from runtime.process.options import RETRY_POLICY
from runtime.status import StatusError
from runtime.work.closing import shutting_down
from services.gateway import backends
from services.gateway.deadline import Deadline

from .conftest import Behind, Palettes

pytestmark = pytest.mark.slow

Start = Callable[..., Awaitable[Behind]]

ATTEMPTS: Any = RETRY_POLICY["maxAttempts"]


def call(seconds: float = 20.0) -> Deadline:
    return Deadline.after(None, seconds)


def item() -> Deadline:
    return Deadline.after(None, 3600.0, step_seconds=20.0)


def overloaded() -> StatusError:
    return StatusError(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "Too much to do.")


async def refusal(behind: Behind, deadline: Deadline) -> StatusError:
    with pytest.raises(StatusError) as caught:
        await behind.ask(deadline)
    return caught.value


@pytest.mark.parametrize("size", [1, 3_000_000])
async def test_a_call_that_a_stopping_replica_refuses_is_sent_again_however_large(
    behind: Start, size: int
) -> None:
    running = await behind(Palettes([shutting_down(), shutting_down()]))
    running.request.image.data = bytes(size)
    await running.ask(call())
    assert len(running.service.seen) == 3


async def test_what_a_service_says_of_somebody_else_is_final(behind: Start) -> None:
    away = StatusError(grpc.StatusCode.UNAVAILABLE, "SOURCE_UNAVAILABLE", "The web server does not answer.")
    running = await behind(Palettes(always=away))
    assert (await refusal(running, call())).reason == "SOURCE_UNAVAILABLE"
    assert len(running.service.seen) == 1


async def test_a_service_that_fails_is_asked_a_few_times(behind: Start) -> None:
    running = await behind(Palettes(always=grpc.StatusCode.UNAVAILABLE))
    error = await refusal(running, call())
    assert (error.reason, error.metadata) == ("BACKEND_UNAVAILABLE", {"service": "palette"})
    assert len(running.service.seen) == ATTEMPTS
    # It has been tried again already, so that clients are told not to.
    assert ("grpc-retry-pushback-ms", "-1") in error.trailing_metadata("r-1")


async def test_a_service_that_fails_for_long_is_asked_once_a_call(behind: Start) -> None:
    running = await behind(Palettes(always=grpc.StatusCode.UNAVAILABLE))
    await asyncio.gather(*(refusal(running, call()) for _ in range(400)))
    before = len(running.service.seen)
    assert before < 0.6 * 400 * ATTEMPTS
    await asyncio.gather(*(refusal(running, call()) for _ in range(20)))
    assert len(running.service.seen) == before + 20


async def test_an_item_of_a_stream_waits_where_a_call_is_refused(behind: Start) -> None:
    running = await behind(Palettes([overloaded()] * 4))
    assert (await refusal(running, call())).reason == "OVERLOADED"
    await running.ask(item())
    assert [WAITS_KEY in each for each in running.service.seen] == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("failure", "code", "reason"),
    [
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
        (grpc.StatusCode.CANCELLED, "UNAVAILABLE", "BACKEND_UNAVAILABLE"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED", "OVERLOADED"),
        (grpc.StatusCode.DATA_LOSS, "INTERNAL", "BACKEND_FAILED"),
        (
            StatusError(grpc.StatusCode.UNAUTHENTICATED, "MISSING_CREDENTIALS", "no key"),
            "INTERNAL",
            "BACKEND_FAILED",
        ),
        (
            StatusError(grpc.StatusCode.INVALID_ARGUMENT, "NOT_A_PICTURE", "no"),
            "INVALID_ARGUMENT",
            "NOT_A_PICTURE",
        ),
    ],
)
async def test_failures_mean_to_a_caller_what_they_mean_to_the_gateway(
    behind: Start, failure: Any, code: str, reason: str
) -> None:
    error = await refusal(await behind(Palettes([failure])), call())
    assert (error.code.name, error.reason) == (code, reason)


async def test_time_that_is_up_is_not_spent_on_asking(behind: Start) -> None:
    running = await behind(Palettes())
    assert (await refusal(running, call(0.0))).reason == "DEADLINE_EXCEEDED"
    assert running.service.seen == []


async def test_the_key_of_the_services_goes_with_every_call(behind: Start) -> None:
    running = await behind(Palettes(), backend_api_key="k")
    await running.ask(call())
    assert running.service.seen[0]["authorization"] == "Bearer k"


async def test_health_names_the_services_that_do_not_serve(behind: Start) -> None:
    # No process is behind the other targets, and this one has no health service.
    nowhere = {"features_target": "127.0.0.1:1", "classification_target": "127.0.0.1:1"}
    running = await behind(Palettes(), **nowhere)
    gone = "it does not answer (UNAVAILABLE)"
    expected = {"features": gone, "classification": gone, "palette": "it does not answer (UNIMPLEMENTED)"}
    states = await running.backends.states(2.0)
    assert {name: state.problem for name, state in states.items()} == expected


async def test_calls_do_not_wait_for_a_service_that_is_gone_for_long_and_find_it_when_it_is_back(
    behind: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "GONE_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    running = await behind(Palettes(), palette_target=f"127.0.0.1:{port}")
    assert (await refusal(running, call(10.0))).reason == "BACKEND_UNAVAILABLE"
    began = time.monotonic()
    assert (await refusal(running, call(10.0))).reason == "BACKEND_UNAVAILABLE"
    assert time.monotonic() - began < 0.05
    server = grpc.aio.server()
    palette_pb2_grpc.add_PaletteServiceServicer_to_server(Palettes(), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        async with asyncio.timeout(10):
            while True:
                with suppress(StatusError):
                    await running.ask(call(10.0))
                    break
                await asyncio.sleep(0.05)
    finally:
        await server.stop(0)
