"""Requests that cannot be parsed get a reason of ours; gRPC alone would end the call without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST

RequestT = TypeVar("RequestT")

_UNREADABLE: Final = object()


def tolerant(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Wraps a deserializer so that it marks what it cannot parse, for `readable` to refuse."""

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
        raise refused(MALFORMED_REQUEST)
    return request
