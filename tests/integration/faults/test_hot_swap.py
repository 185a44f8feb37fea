"""New versions of a model while calls run."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from bundle import layout
from cli.serving.launcher import running_services
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from runtime.status import from_rpc_error
from tests.support.model import write_model
from tests.support.pictures import draw, jpeg
from tests.support.waiting import eventually

GRID = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=jpeg(draw("grid"))))


def answered(gateway: GatewayServiceStub) -> bool:
    try:
        gateway.ClassifyImage(GRID)
    except grpc.RpcError:
        return False
    return True


class Swapping:
    """Services over a repository that a test changes while calls run in a loop."""

    def __init__(self, models: Path, gateway: GatewayServiceStub) -> None:
        self.models = models
        self.gateway = gateway
        self.seen: list[tuple[int, tuple[str, ...]]] = []
        self._done = threading.Event()

    def call(self) -> None:
        while not self._done.is_set():
            answer = self.gateway.ClassifyImage(GRID).recognition
            self.seen.append((answer.model.version, tuple(sorted(each.label for each in answer.labels))))

    def while_calling(self, change: Callable[[], None]) -> None:
        """Makes a change while three callers ask; a failed call fails the test."""
        with ThreadPoolExecutor(3) as pool:
            callers = [pool.submit(self.call) for _ in range(3)]
            try:
                change()
            finally:
                self._done.set()
            for caller in callers:
                caller.result()

    def version(self) -> int:
        return int(self.gateway.ClassifyImage(GRID).recognition.model.version)


@pytest.fixture
def swapping(tmp_path: Path, channel: Any) -> Iterator[Swapping]:
    write_model(tmp_path, labels=("a1", "b1", "c1"))
    quick = ("--model-poll-seconds", "0.05")
    with running_services(
        ("features", "classification"), folders={"models": tmp_path}, backend_flags=quick
    ) as processes:
        yield Swapping(tmp_path, GatewayServiceStub(channel(processes["gateway"].target)))


def test_new_versions_are_served_without_a_failed_call(swapping: Swapping) -> None:
    def publish() -> None:
        for number in (2, 3):
            labels = (f"a{number}", f"b{number}", f"c{number}")
            parameters = {"max_keypoints": 500 - number}
            write_model(swapping.models, version=number, labels=labels, extractor_parameters=parameters)
            eventually(lambda number=number: swapping.seen[-1][0] == number)

    swapping.while_calling(publish)
    assert {version for version, _ in swapping.seen} == {1, 2, 3}
    for version, labels in swapping.seen:
        assert labels == (f"a{version}", f"b{version}", f"c{version}")


def test_a_broken_version_is_passed_over_without_a_failed_call(swapping: Swapping) -> None:
    def publish() -> None:
        folder = write_model(swapping.models / "elsewhere", "patterns", 2)
        data = bytearray((folder / layout.CLASSIFIER).read_bytes())
        data[100] ^= 1
        (folder / layout.CLASSIFIER).write_bytes(data)
        folder.rename(swapping.models / "patterns" / "2")
        time.sleep(0.5)

    swapping.while_calling(publish)
    assert {version for version, _ in swapping.seen} == {1}
    with pytest.raises(grpc.RpcError) as caught:
        swapping.gateway.ClassifyImage(
            gateway_pb2.ClassifyImageRequest(image=GRID.image, model={"name": "patterns", "version": 2})
        )
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BROKEN_BUNDLE")
    assert "classifier.onnx was changed" in error.message


def test_half_a_version_is_never_seen_and_a_removed_one_no_more(swapping: Swapping) -> None:
    half = write_model(swapping.models, version=2).rename(swapping.models / "patterns" / ".tmp-2")
    time.sleep(0.2)
    assert swapping.version() == 1
    half.rename(swapping.models / "patterns" / "2")
    eventually(lambda: swapping.version() == 2)
    shutil.rmtree(swapping.models / "patterns" / "2")
    eventually(lambda: swapping.version() == 1)
    shutil.rmtree(swapping.models / "patterns")
    eventually(lambda: not answered(swapping.gateway))
    with pytest.raises(grpc.RpcError) as caught:
        swapping.gateway.ClassifyImage(GRID)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    eventually(lambda: not swapping.gateway.ListModels(gateway_pb2.ListModelsRequest()).models)
