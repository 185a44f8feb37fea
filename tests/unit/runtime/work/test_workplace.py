"""Unary calls and items of streams share a few workers, and neither waits for what the other holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lienzo.features.v1 import features_pb2
from runtime.calls.callers import WAITS_KEY
from runtime.status import StatusError
from tests.support.waiting import eventually
from tests.unit.runtime.conftest import NAME, Run, Running, item, picture

pytestmark = pytest.mark.slow

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def slow_items(count: int) -> Iterator[features_pb2.StreamFeaturesRequest]:
    return (item(str(number), b"slow") for number in range(count))


def test_calls_beside_streams_are_all_answered(run: Run) -> None:
    running = run(workers=2)
    with ThreadPoolExecutor(6) as pool:
        streams = [
            pool.submit(lambda: list(running.stub.StreamFeatures(slow_items(100), timeout=20)))
            for _ in range(2)
        ]
        calls = [pool.submit(running.stub.ExtractFeatures, picture(b"slow"), timeout=20) for _ in range(100)]
        assert [len(stream.result()) for stream in streams] == [100, 100]
        assert all(call.result().image_info.width_px == 4 for call in calls)


def test_calls_take_turns_with_the_items_of_many_streams(run: Run) -> None:
    running = run(workers=1)
    with ThreadPoolExecutor(4) as pool:
        streams = [
            pool.submit(lambda: list(running.stub.StreamFeatures(slow_items(50), timeout=20)))
            for _ in range(4)
        ]
        eventually(lambda: running.example.read >= 12)
        begun = len(running.example.begun)
        running.stub.ExtractFeatures(picture(b"call"), timeout=20)
        assert running.example.begun.index(b"call") <= begun + 3
        assert [len(stream.result()) for stream in streams] == [50] * 4


@pytest.mark.parametrize("leave", [lambda call: call.cancel(), lambda call: None])
def test_a_caller_who_no_longer_waits_gives_up_its_place(run: Run, leave: Callable[[Any], Any]) -> None:
    running = run(workers=1, queue=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(running.stub.ExtractFeatures, picture(b"hold"))
        eventually(lambda: running.example.begun == [b"hold"])
        for _ in range(5):
            waiting = running.stub.ExtractFeatures.future(picture(b"left"), timeout=0.3)
            time.sleep(0.1)
            leave(waiting)
            eventually(waiting.done)
            eventually(lambda: free_slots(running) == 1)
        running.example.release.set()
        first.result()
    running.stub.ExtractFeatures(picture(b"next"))
    assert running.example.begun == [b"hold", b"next"]


def free_slots(running: Running) -> int:
    """How many more calls would be admitted now."""
    slots = running.example.workplace.calls
    with ExitStack() as stack:
        for number in range(100):
            try:
                stack.enter_context(slots.slot())
            except StatusError:
                return number
    return 100


def test_calls_that_can_wait_leave_half_of_the_queue_to_others(run: Run) -> None:
    running = run(workers=1, queue=5)
    waits = ((WAITS_KEY, "1"),)
    with ThreadPoolExecutor(6) as pool:
        patient = [
            pool.submit(running.stub.ExtractFeatures, picture(b"hold"), metadata=waits) for _ in range(3)
        ]
        eventually(lambda: free_slots(running) == 3)
        with pytest.raises(grpc.RpcError) as caught:
            running.stub.ExtractFeatures(picture(b"one more"), metadata=waits)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        others = [pool.submit(running.stub.ExtractFeatures, picture(b"call")) for _ in range(3)]
        eventually(lambda: free_slots(running) == 0)
        running.example.release.set()
        assert all(each.result() for each in patient + others)


def test_readiness_drops_while_admitted_work_does_not_move_and_comes_back(run: Run) -> None:
    running = run(workers=1, stall_seconds=0.3)
    stub = health_pb2_grpc.HealthStub(running.channel)
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=NAME))
    got = [next(watch).status]
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(running.stub.ExtractFeatures, picture(b"hold"))
        got.append(next(watch).status)
        assert not held.done()
        running.example.release.set()
        got.append(next(watch).status)
    watch.cancel()
    assert got == [SERVING, NOT_SERVING, SERVING]


def test_work_that_moves_keeps_the_service_ready_however_long_it_takes(run: Run) -> None:
    running = run(workers=1, stall_seconds=0.3)
    stub = health_pb2_grpc.HealthStub(running.channel)
    answers = running.stub.StreamFeatures(slow_items(40))
    got = [stub.Check(health_pb2.HealthCheckRequest()).status for _ in answers]
    time.sleep(0.5)  # idle is not stalled
    got.append(stub.Check(health_pb2.HealthCheckRequest()).status)
    assert set(got) == {SERVING}


def test_what_is_fetched_from_elsewhere_takes_no_worker(run: Run) -> None:
    running = run(workers=1)
    far = running.stub.ExtractFeatures.future(picture(b"far"))
    eventually(lambda: running.example.workplace.calls.taken == 1)
    assert running.stub.ExtractFeatures(picture(b"near"), timeout=5).image_info.width_px == 4
    far.cancel()
    eventually(lambda: running.example.workplace.calls.taken == 0)
    assert running.example.begun == [b"near"]
