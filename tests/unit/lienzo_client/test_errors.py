"""Codes and reasons become exceptions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

import lienzo_client
from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import recognition_pb2
from lienzo_client import Client, errors
from lienzo_client.errors import LienzoError, error_class


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        ("INVALID_ARGUMENT", "TOO_MANY_PIXELS", errors.InvalidPicture),
        ("INVALID_ARGUMENT", "INVALID_COLOR_COUNT", errors.InvalidRequest),
        ("NOT_FOUND", "UNKNOWN_CATALOGUE", errors.NotFound),
        ("NOT_FOUND", "UNKNOWN_UPLOAD", errors.UnknownUpload),
        ("PERMISSION_DENIED", "URI_NOT_ALLOWED", errors.PermissionDenied),
        ("RESOURCE_EXHAUSTED", "TOO_MANY_UPLOADS", errors.Overloaded),
        ("RESOURCE_EXHAUSTED", "COLLECTION_TOO_LARGE", errors.InvalidRequest),  # waiting makes it no smaller
        ("UNKNOWN", "", errors.ServerFault),
    ],
)
def test_the_reason_decides_before_the_code(code: str, reason: str, kind: type[LienzoError]) -> None:
    assert error_class(code, reason) is kind


def whole_tree(root: type[LienzoError]) -> set[type[LienzoError]]:
    return {root}.union(*(whole_tree(kind) for kind in root.__subclasses__()))


def test_there_is_one_tree_and_all_of_it_is_exported() -> None:
    # The app has one of its own, where it was imported.
    kinds = {kind for kind in whole_tree(LienzoError) if not kind.__module__.startswith("lienzo_client.app.")}
    assert {kind.__name__ for kind in kinds} <= set(lienzo_client.__all__)
    assert sorted(lienzo_client.__all__) == lienzo_client.__all__


def test_an_answer_that_is_too_large_is_not_taken_for_a_picture_that_is() -> None:
    service = gateway_pb2_grpc.GatewayServiceServicer()
    service.ListModels = lambda request, context: gateway_pb2.ListModelsResponse(  # type: ignore[method-assign]
        models=[recognition_pb2.Model(labels=["x" * 1000])]
    )
    server = grpc.server(ThreadPoolExecutor(1), options=[("grpc.max_send_message_length", 500)])
    gateway_pb2_grpc.add_GatewayServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with Client(f"127.0.0.1:{port}", attempts=1) as client, pytest.raises(LienzoError) as caught:
            client.list_models()
    finally:
        server.stop(0).wait()
    assert (caught.value.code, caught.value.reason) == ("FAILED_PRECONDITION", "MESSAGE_TOO_LARGE")
    assert "1006 vs. 500" in str(caught.value)
