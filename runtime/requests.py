"""Requests that cannot be read: gRPC would end such a call without a reason of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST

RequestT = TypeVar("RequestT")

_UNREADABLE: Final = object()


def tolerant(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """A deserializer that hands on what it cannot read as something that `readable` knows."""
    if deserialize is None:
        return None

    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except Exception:  # noqa: BLE001  # protobuf's DecodeError, or whatever a deserializer raises
            return _UNREADABLE

    return read


def readable(request: RequestT) -> RequestT:
    """The request itself.

    Raises:
        StatusError: INVALID_ARGUMENT, MALFORMED_REQUEST when its bytes are no such message.
    """
    if request is _UNREADABLE:
        raise refused(MALFORMED_REQUEST)
    return request
