"""Reasons for unreadable requests and oversized answers, for which gRPC itself gives none of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from runtime.reasons.calls import MESSAGE_TOO_LARGE
from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT", bound=Any)

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


def fitting(answer: AnswerT, limit_bytes: int) -> AnswerT:
    """Returns the answer itself.

    Args:
        answer: A message.
        limit_bytes: The largest that the server may send; 0 for any.

    Raises:
        StatusError: FAILED_PRECONDITION, MESSAGE_TOO_LARGE when it is larger: a long collection's may be.
    """
    size_bytes = answer.ByteSize() if limit_bytes else 0
    if size_bytes > limit_bytes:
        raise refused(
            MESSAGE_TOO_LARGE,
            "The answer has {size_bytes} bytes, and the setting max_message_bytes allows {limit_bytes}. "
            "Ask for less at a time.",
            size_bytes=size_bytes,
            limit_bytes=limit_bytes,
        )
    return answer
