"""Requests that cannot be parsed get a reason of ours; gRPC alone would end the call without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import grpc

from runtime.status import StatusError

RequestT = TypeVar("RequestT")

_UNREADABLE: Final = object()


def tolerant(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """Wraps a deserializer so that it marks what it cannot parse, for `readable` to refuse."""
    if deserialize is None:
        return None

    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except Exception:  # noqa: BLE001  # protobuf's DecodeError, or whatever a deserializer raises
            return _UNREADABLE

    return read


def readable(request: RequestT) -> RequestT:
    """Returns the request itself.

    Raises:
        StatusError: INVALID_ARGUMENT, MALFORMED_REQUEST when its bytes could not be parsed.
    """
    if request is _UNREADABLE:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "MALFORMED_REQUEST",
            "The request is not the message that this method takes.",
        )
    return request
