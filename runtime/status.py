"""`StatusError`: gRPC status, stable reason, one sentence, and the values in it.

AIP-193: every error carries `google.rpc.ErrorInfo` with a stable UPPER_SNAKE reason in one domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

DOMAIN: Final = "lienzo"
DETAILS_KEY: Final = "grpc-status-details-bin"
REQUEST_ID_KEY: Final = "x-request-id"

RETRIED_REASONS: Final = {"SHUTTING_DOWN", "MODEL_NOT_EVERYWHERE"}
"""The reasons for UNAVAILABLE for which another replica, or the same one a moment later, may do better.

Any other one is the answer of a service that is there, such as that of a web server which it asked, or of one
that has tried again already. If every channel on the way tried it again, one call would become twenty.
"""
_NO_RETRY: Final = ("grpc-retry-pushback-ms", "-1")

RETRY_SECONDS: Final = 1
"""First pause before another try: `RetryInfo` over gRPC, `retry-after` over HTTP."""
_RETRIED_CODES: Final = {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE}
FINAL_REASONS: Final = {"COLLECTION_TOO_LARGE"}
"""The reasons for RESOURCE_EXHAUSTED that do not pass with time."""

MESSAGE_BYTES: Final = 1000
VALUE_BYTES: Final = 400
"""An error that repeats a caller's long name must still fit into trailers: peers refuse more than 8 KiB."""


class StatusError(Exception):
    """Ends a call with a status that the caller can act on.

    Attributes:
        code: Canonical gRPC status code.
        reason: Stable reason in UPPER_SNAKE_CASE.
        message: One English sentence, cut off where it is too long to travel.
        metadata: The values in the sentence, by name, cut off likewise.
    """

    def __init__(
        self, code: grpc.StatusCode, reason: str, message: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = _clipped(message, MESSAGE_BYTES)
        self.metadata: dict[str, str] = {
            name: _clipped(value, VALUE_BYTES) for name, value in (metadata or {}).items()
        }

    @property
    def number(self) -> int:
        """The canonical code as a number, 1 to 16."""
        return int(self.code.value[0])

    def trailing_metadata(self, request_id: str) -> tuple[tuple[str, str | bytes], ...]:
        """Makes the trailers: the rich status, the request's id, and whether to try again."""
        status = status_pb2.Status(code=self.number, message=self.message, details=self.details(request_id))
        is_final = self.code is grpc.StatusCode.UNAVAILABLE and self.reason not in RETRIED_REASONS
        return (
            (DETAILS_KEY, status.SerializeToString()),
            (REQUEST_ID_KEY, request_id),
            *((_NO_RETRY,) if is_final else ()),
        )

    @property
    def retry_seconds(self) -> int | None:
        """Seconds after which the caller may try again; None where that does not help."""
        may_pass = self.code in _RETRIED_CODES and self.reason not in FINAL_REASONS
        return RETRY_SECONDS if may_pass else None

    def details(self, request_id: str) -> list[any_pb2.Any]:
        """Makes the details of the rich status: reason with values, the request's id, when to try again."""
        details: list[Message] = [
            error_details_pb2.ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self.metadata),
            error_details_pb2.RequestInfo(request_id=request_id),
        ]
        if self.retry_seconds is not None:
            pause = duration_pb2.Duration(seconds=self.retry_seconds)
            details.append(error_details_pb2.RetryInfo(retry_delay=pause))
        packed = [any_pb2.Any() for _ in details]
        for each, detail in zip(packed, details, strict=True):
            each.Pack(detail)
        return packed


def from_rpc_error(error: grpc.Call) -> StatusError | None:
    """Reads the error that another lienzo process raised; None when it has no reason of ours."""
    status = rpc_status.from_call(error)
    if status is None:
        return None
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN:
            return StatusError(status_code(status.code), info.reason, status.message, dict(info.metadata))
    return None


def status_code(number: int) -> grpc.StatusCode:
    """Returns the canonical status code of a number, UNKNOWN for any other number."""
    return _CODES.get(number, grpc.StatusCode.UNKNOWN)


def _clipped(text: str, limit_bytes: int) -> str:
    encoded = text.encode(errors="replace")
    if len(encoded) <= limit_bytes:
        return encoded.decode()
    return encoded[: limit_bytes - 3].decode(errors="ignore") + "…"


_CODES = {int(code.value[0]): code for code in grpc.StatusCode}
