"""One reason for refusing a call, and the error made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc

from runtime.status import StatusError

HTTP_STATUS: Final = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNKNOWN: 500,
    grpc.StatusCode.DATA_LOSS: 500,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
"""HTTP status of each gRPC status, as google.rpc.Code documents it."""


@dataclass(frozen=True)
class Reason:
    """Why a call is refused.

    Attributes:
        name: Stable name in UPPER_SNAKE_CASE; clients and apps rely on it.
        code: gRPC status.
        meaning: For the documentation: what happened, and what the caller can do about it.
        sentence: What the caller reads, with names of values in braces. Empty where an exception brings its
            own sentence, or where each place that refuses says what is wrong there.
        values: Names of the metadata that may travel along.
        http: HTTP status where a more telling one exists than the usual one for `code`; otherwise 0.
        worded: Whether a person in front of an app meets it, so that page and app need words for it.
    """

    name: str
    code: grpc.StatusCode
    meaning: str
    sentence: str = ""
    values: tuple[str, ...] = ()
    http: int = 0
    worded: bool = False

    @property
    def http_status(self) -> int:
        """The status of an answer over HTTP."""
        return self.http or HTTP_STATUS[self.code]

    def error(self, message: str, metadata: Mapping[str, str] | None = None) -> StatusError:
        """Makes the error with a sentence that is written already."""
        return StatusError(self.code, self.name, message, metadata)


def refused(reason: Reason, sentence: str = "", /, **values: object) -> StatusError:
    """Makes the error for a reason.

    Args:
        reason: Why.
        sentence: Used instead of the reason's own where this place knows more; also with names in braces.
        **values: The values in the sentence, and others; all of them travel as metadata.
    """
    metadata = {name: str(value) for name, value in values.items()}
    message = (sentence or reason.sentence).format_map(metadata)
    return reason.error(message, metadata)
