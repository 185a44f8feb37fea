"""Replicas whose model folders differ for a while, as they do while a new version is copied to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2, recognition_pb2
from runtime.status import StatusError, from_rpc_error
from tests.support.model import write_model
from tests.support.pictures import draw, jpeg

IMAGE = image_pb2.Image(data=jpeg(draw("grid", 1, (160, 120))))
Gateway = Callable[..., GatewayServiceStub]


@pytest.fixture
def gateway(start: Any, channel: Any, tmp_path: Path) -> Gateway:
    """Starts a gateway over one features and one classification service with versions of their own."""

    def run(features: list[int], classification: list[int]) -> GatewayServiceStub:
        targets = []
        for name, versions in (("features", features), ("classification", classification)):
            folder = tmp_path / name
            folder.mkdir()
            for version in versions:
                write_model(folder, version=version)
            targets += [f"--{name}-target", start(name, "--models", folder).target]
        return GatewayServiceStub(channel(start("gateway", *targets).target))

    return run


def version(stub: GatewayServiceStub, name: str = "", number: int = 0) -> int:
    model = recognition_pb2.ModelVersion(name=name, version=number)
    answer = stub.ClassifyImage(gateway_pb2.ClassifyImageRequest(image=IMAGE, model=model), timeout=30)
    return int(answer.recognition.model.version)


def refusal(stub: GatewayServiceStub, name: str = "", number: int = 0) -> StatusError:
    with pytest.raises(grpc.RpcError) as caught:
        version(stub, name, number)
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None
    return error


def test_callers_who_name_no_version_get_one_that_both_services_have(gateway: Gateway) -> None:
    stub = gateway([1, 2], [1])
    assert (version(stub), version(stub, "patterns"), version(stub, "patterns", 1)) == (1, 1, 1)
    # A caller who names a version gets that or nothing; a model that nobody has is not found.
    assert refusal(stub, "patterns", 2).reason == "UNKNOWN_MODEL"
    assert refusal(stub, "no-such").code is grpc.StatusCode.NOT_FOUND


def test_callers_are_told_to_come_back_where_the_services_have_nothing_in_common(gateway: Gateway) -> None:
    stub = gateway([2], [1])
    for name in ("", "patterns"):
        error = refusal(stub, name)
        assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "MODEL_NOT_EVERYWHERE")
        assert error.metadata == {"model": "patterns"}


@pytest.mark.parametrize(("features", "classification"), [([], [1]), ([1], [])])
def test_a_model_that_only_one_service_has_yet_is_coming(
    gateway: Gateway, features: list[int], classification: list[int]
) -> None:
    error = refusal(gateway(features, classification), "patterns")
    assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "MODEL_NOT_EVERYWHERE")
