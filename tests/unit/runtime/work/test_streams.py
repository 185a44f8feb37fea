from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from lienzo.features.v1 import features_pb2
from runtime.status import from_rpc_error
from tests.support.waiting import eventually
from tests.unit.runtime.conftest import Run, Running, item, picture


def open_streams(running: Running) -> int:
    return running.example.workplace.streams.taken


def endless(sent: list[int], size: int = 0) -> Iterator[features_pb2.StreamFeaturesRequest]:
    for number in range(100_000):
        sent.append(number)
        yield item(str(number), b"x" * size)


def test_answers_in_the_order_of_the_requests(run: Run) -> None:
    running = run(workers=4)
    requests = [item(str(n), b"slow" if n % 3 == 0 else b"") for n in range(60)]
    answers = list(running.stub.StreamFeatures(iter(requests)))
    assert [each.request_id for each in answers] == [str(n) for n in range(60)]


def test_an_item_that_fails_does_not_end_the_stream(run: Run) -> None:
    kinds = [b"", b"refused", b"fault", b"last"]
    requests = [item(str(n), data) for n, data in enumerate(kinds)]
    answers = list(run().stub.StreamFeatures(iter(requests)))
    assert [each.WhichOneof("result") for each in answers] == ["response", "error", "error", "response"]
    assert (answers[1].error.reason, dict(answers[1].error.metadata)) == ("REFUSED", {"limit": "3"})
    assert (answers[2].error.code, answers[2].error.reason) == (13, "INTERNAL")
    assert "secret" not in str(answers[2])


def test_a_fault_while_reading_ends_the_stream_with_a_status(run: Run) -> None:
    answers = run().stub.StreamFeatures(iter([item("1"), item("break")]))
    assert next(answers).request_id == "1"
    with pytest.raises(grpc.RpcError) as caught:
        next(answers)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(caught.value)


def test_a_client_may_wait_for_each_answer_before_it_sends_the_next(run: Run) -> None:
    to_send: queue.Queue[Any] = queue.Queue()
    answers = run(workers=1).stub.StreamFeatures(iter(to_send.get, None), timeout=10)
    for number in range(30):
        to_send.put(item(str(number)))
        assert next(answers).request_id == str(number)
    to_send.put(None)
    assert list(answers) == []


def test_a_caller_learns_at_once_that_its_stream_has_begun(run: Run) -> None:
    # Until then its channel keeps all that it sends, megabytes of pictures, to send it elsewhere.
    stream = run().stub.StreamFeatures(iter(queue.Queue().get, None), timeout=10)
    assert stream.initial_metadata() is not None
    stream.cancel()


def test_an_empty_stream_is_answered_by_none(run: Run) -> None:
    assert list(run().stub.StreamFeatures(iter([]), timeout=5)) == []


def test_reads_only_a_little_ahead(run: Run) -> None:
    running = run(workers=2)
    sent: list[int] = []
    stream = running.stub.StreamFeatures(endless_holding(sent))
    eventually(lambda: running.example.read >= 4)
    time.sleep(0.2)
    assert running.example.read <= 2 * 2 + 3
    stream.cancel()
    running.example.release.set()


def endless_holding(sent: list[int]) -> Iterator[features_pb2.StreamFeaturesRequest]:
    for number in range(100_000):
        sent.append(number)
        yield item(str(number), b"hold")


def test_a_caller_that_does_not_take_its_answers_holds_up_only_itself(run: Run) -> None:
    running = run(workers=2)
    sent: list[int] = []
    requests = (item(str(n), b"big") for n in range(20_000) if not sent.append(n))  # type: ignore[func-returns-value]
    stream = running.stub.StreamFeatures(requests)
    eventually(lambda: running.example.read > 10)

    def is_stuck() -> bool:
        before = running.example.read
        time.sleep(0.5)
        return running.example.read == before

    eventually(is_stuck)
    assert running.example.read < 500
    assert running.stub.ExtractFeatures(picture(b"other"), timeout=5).image_info.width_px == 5
    assert next(stream).request_id == "0"
    stream.cancel()


def test_a_caller_who_leaves_frees_everything(run: Run) -> None:
    running = run(workers=2)
    for _ in range(10):
        stream = running.stub.StreamFeatures(endless([], 1000))
        next(stream)
        stream.cancel()
    eventually(lambda: open_streams(running) == 0)
    read = running.example.read
    time.sleep(0.1)
    assert running.example.read == read
    assert running.stub.ExtractFeatures(picture(b"next"), timeout=5)


def test_too_many_open_streams_are_refused_with_a_reason(run: Run) -> None:
    running = run(max_streams=3)
    idle = [running.stub.StreamFeatures(iter(queue.Queue().get, None)) for _ in range(2)]
    eventually(lambda: open_streams(running) == 2)
    with pytest.raises(grpc.RpcError) as caught:
        next(running.stub.StreamFeatures(iter([item("1")])))
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None
    assert (error.reason, error.metadata) == ("OVERLOADED", {"limit": "2"})  # the share of one caller
    for stream in idle:
        stream.cancel()
    eventually(lambda: open_streams(running) == 0)
    assert list(running.stub.StreamFeatures(iter([item("1")])))


def test_calls_and_items_share_the_workers(run: Run) -> None:
    running = run(workers=1, queue=0)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(running.stub.ExtractFeatures, picture(b"hold"))
        eventually(lambda: running.example.begun == [b"hold"])
        stream = running.stub.StreamFeatures(iter([item("waits")]), timeout=10)
        time.sleep(0.1)
        assert running.example.begun == [b"hold"]
        running.example.release.set()
        assert next(stream).request_id == "waits"
        call.result()


def stop_while_open(running: Running, seconds: float) -> float:
    began = time.monotonic()
    running.stop(seconds)
    return time.monotonic() - began


def test_an_idle_stream_does_not_hold_up_the_end_for_longer_than_the_drain(run: Run) -> None:
    running = run()
    stream = running.stub.StreamFeatures(iter(queue.Queue().get, None))
    eventually(lambda: open_streams(running) == 1)
    assert stop_while_open(running, 0.5) < 3
    with pytest.raises(grpc.RpcError):
        next(stream)
