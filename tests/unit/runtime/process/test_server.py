from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lienzo.features.v1 import features_pb2
from runtime.process.health import from_answer
from runtime.status import StatusError, from_rpc_error
from tests.support.waiting import eventually
from tests.unit.runtime.conftest import NAME, Run, Running, picture

pytestmark = pytest.mark.slow

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def refused(call: Callable[[], Any]) -> StatusError:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None, caught.value
    return error


def health(running: Running, service: str = "") -> int:
    stub = health_pb2_grpc.HealthStub(running.channel)
    return int(stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status)


def held(running: Running, pool: ThreadPoolExecutor, count: int = 1) -> list[Any]:
    """Calls that are being worked on until they are released."""
    futures = [pool.submit(running.stub.ExtractFeatures, picture(b"hold")) for _ in range(count)]
    eventually(lambda: running.example.begun.count(b"hold") == count)
    return futures


@pytest.fixture
def pool() -> Any:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_an_unexpected_fault_tells_nothing_but_where_to_look(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    running = run()
    with pytest.raises(grpc.RpcError) as caught:
        running.stub.ExtractFeatures(picture(b"fault"), metadata=[("x-request-id", "r-17")])
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None
    assert (error.code, error.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert error.metadata == {"request_id": "r-17"}
    assert "secret" not in str(caught.value)
    assert "secret: /home/ana/key.pem" in caplog.text


def test_an_exception_of_the_table_tells_its_text_and_values(run: Run) -> None:
    running = run()
    error = refused(lambda: running.stub.ExtractFeatures(picture(b"refused")))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REFUSED")
    assert (error.message, error.metadata) == ("at most 3", {"limit": "3"})


def test_an_answer_above_the_limit_is_refused_with_its_size(run: Run) -> None:
    running = run(max_message_bytes=2**16)
    error = refused(lambda: running.stub.ExtractFeatures(picture(b"big")))
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MESSAGE_TOO_LARGE")
    assert error.metadata["limit_bytes"] == str(2**16)
    assert int(error.metadata["size_bytes"]) > 100_000
    assert "max_message_bytes allows 65536" in error.message


def test_a_call_past_the_bound_is_refused_at_once(run: Run, pool: ThreadPoolExecutor) -> None:
    running = run(workers=1, queue=0)
    (first,) = held(running, pool)
    began = time.monotonic()
    error = refused(lambda: running.stub.ExtractFeatures(picture(b"second")))
    assert time.monotonic() - began < 1
    assert (error.code, error.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert error.metadata == {"limit": "1"}
    running.example.release.set()
    first.result()
    assert running.stub.ExtractFeatures(picture(b"third")).image_info.width_px == 5
    assert b"second" not in running.example.begun


def test_a_storm_of_calls_is_answered_or_refused_with_a_reason(run: Run) -> None:
    running = run(workers=2, queue=4)
    with ThreadPoolExecutor(150) as storm:
        calls = [storm.submit(running.stub.ExtractFeatures, picture(b"slow")) for _ in range(300)]
    outcomes: dict[str, int] = {}
    for call in calls:
        error = call.exception()
        known = from_rpc_error(error) if error else None  # type: ignore[arg-type]
        reason = known.reason if known else str(error)
        outcomes[reason] = outcomes.get(reason, 0) + 1
    assert set(outcomes) == {"None", "OVERLOADED"}


def test_a_short_deadline_ends_the_wait_and_the_work_is_not_begun(run: Run, pool: ThreadPoolExecutor) -> None:
    running = run(workers=1, queue=4)
    (first,) = held(running, pool)
    with pytest.raises(grpc.RpcError) as caught:
        running.stub.ExtractFeatures(picture(b"late"), timeout=0.1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    running.example.release.set()
    first.result()
    running.stub.ExtractFeatures(picture(b"next"))
    assert running.example.begun == [b"hold", b"next"]


def test_the_work_of_a_caller_who_left_the_queue_is_skipped(run: Run, pool: ThreadPoolExecutor) -> None:
    running = run(workers=1, queue=4)
    (first,) = held(running, pool)
    waiting = running.stub.ExtractFeatures.future(picture(b"left"))
    time.sleep(0.1)
    waiting.cancel()
    time.sleep(0.2)  # until the server has heard of it
    running.example.release.set()
    first.result()
    running.stub.ExtractFeatures(picture(b"next"))
    assert b"left" not in running.example.begun


def test_serves_only_after_everything_is_loaded(run: Run) -> None:
    running: list[Running] = []
    seen: list[int] = []
    loading = threading.Event()

    def load() -> None:
        loading.wait(5)

    def start() -> None:
        running.append(run(load, grpc_port=port))

    port = unused_port()
    thread = threading.Thread(target=start)
    thread.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        request = health_pb2.HealthCheckRequest(service=NAME)
        stub = health_pb2_grpc.HealthStub(channel)
        seen.append(stub.Check(request, timeout=5, wait_for_ready=True).status)
        loading.set()
        thread.join()
        seen.append(stub.Check(request, timeout=5).status)
    assert seen == [NOT_SERVING, SERVING]


def test_does_not_serve_while_it_lacks_what_it_needs_and_says_what(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    problems = ["no model in /srv/modèles"]
    running = run(problem=lambda: problems[0])
    stub = health_pb2_grpc.HealthStub(running.channel)
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=NAME))
    assert next(watch).status == NOT_SERVING
    answer, call = stub.Check.with_call(health_pb2.HealthCheckRequest(), timeout=5)
    assert from_answer(answer, call.trailing_metadata()).problem == r"no model in /srv/mod\xe8les"
    assert "not ready: no model in /srv/modèles" in caplog.messages
    problems[0] = ""
    assert next(watch).status == SERVING
    answer, call = stub.Check.with_call(health_pb2.HealthCheckRequest(), timeout=5)
    assert from_answer(answer, call.trailing_metadata()) == ("", "")
    assert caplog.messages.count("ready") == 1
    watch.cancel()


def test_drain_lets_calls_in_flight_finish_and_takes_no_new_ones(run: Run, pool: ThreadPoolExecutor) -> None:
    running = run(workers=2)
    (first,) = held(running, pool)
    watch = health_pb2_grpc.HealthStub(running.channel).Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == SERVING
    stopping = threading.Thread(target=running.stop, args=(5,))
    stopping.start()
    assert next(watch).status == NOT_SERVING
    with (
        grpc.insecure_channel(running.target, [("grpc.use_local_subchannel_pool", 1)]) as other,
        pytest.raises(grpc.RpcError) as caught,
    ):
        other.unary_unary(f"/{NAME}/ListExtractors")(b"", timeout=2)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    running.example.release.set()
    assert first.result().image_info.width_px == 4
    watch.cancel()
    stopping.join(5)
    assert not stopping.is_alive()


def test_health_needs_no_key_and_everything_else_does(run: Run, tmp_path: Any) -> None:
    keys = tmp_path / "keys"
    keys.write_text("ana:" + "0" * 64)
    running = run(api_keys_file=keys)
    assert health(running) == health(running, NAME) == SERVING
    error = refused(lambda: running.stub.ListExtractors(features_pb2.ListExtractorsRequest()))
    assert error.reason == "MISSING_CREDENTIALS"
    unknown = running.channel.unary_unary("/no.Such/Method")
    assert refused(lambda: unknown(b"")).reason == "MISSING_CREDENTIALS"


def test_a_method_that_health_does_not_have_has_a_reason_too(run: Run) -> None:
    unknown = run().channel.unary_unary("/grpc.health.v1.Health/Cure")
    assert refused(lambda: unknown(b"")).reason == "UNKNOWN_METHOD"


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
