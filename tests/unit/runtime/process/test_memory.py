"""What a call sent is let go of when the call is answered, not when garbage is collected."""

from __future__ import annotations

from contextlib import suppress

import grpc
import pytest

from tests.support.garbage import garbage
from tests.support.waiting import eventually
from tests.unit.runtime.conftest import Run, Running, item, picture

pytestmark = pytest.mark.slow


def deadline(running: Running) -> None:
    running.stub.ExtractFeatures(picture(b"slow"), timeout=0.005)


def unknown(running: Running) -> None:
    running.channel.unary_unary("/lienzo.features.v1.FeatureService/None")(b"")


def leave(running: Running) -> None:
    call = running.stub.ExtractFeatures.future(picture(b"slow left"))
    eventually(lambda: b"slow left" in running.example.begun)
    call.cancel()


def items(running: Running) -> None:
    list(running.stub.StreamFeatures(item(str(each), b"refused") for each in range(3)))


def answered(running: Running) -> None:
    running.stub.ExtractFeatures(picture(b"fine"))


def refused(running: Running) -> None:
    running.stub.ExtractFeatures(picture(b"refused"))


def test_calls_leave_nothing_to_the_garbage_collector(run: Run) -> None:
    running = run(workers=1)
    with garbage() as kept:
        for ask in (answered, refused, items, deadline, unknown, leave) * 2:
            with suppress(grpc.RpcError):
                ask(running)
        answered(running)
    assert kept == []
