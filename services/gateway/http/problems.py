"""Errors over HTTP: RFC 9457 problem details that carry the gRPC reason."""

from __future__ import annotations

from typing import Final

from fastapi.responses import JSONResponse

from runtime.status import REQUEST_ID_KEY, StatusError

HTTP_STATUS: Final = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""Canonical status to HTTP, as google.rpc.Code documents it."""

REASON_STATUS: Final = {
    "PICTURE_TOO_LARGE": 413,
    "TOO_MANY_PIXELS": 413,
    "NOT_A_PICTURE": 415,
    "SLOW_UPLOAD": 408,
}
"""Reasons for which HTTP has a more telling status."""


def http_status(error: StatusError) -> int:
    """The HTTP status of an error."""
    return REASON_STATUS.get(error.reason) or HTTP_STATUS.get(error.code.name, 500)


def problem(error: StatusError, request_id: str, status: int = 0) -> JSONResponse:
    """An error as `application/problem+json`, with its own HTTP status unless another one is given."""
    status = status or http_status(error)
    body = {
        "type": f"urn:lienzo:problem:{error.reason.lower().replace('_', '-')}",
        "title": error.reason.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.message,
        "code": error.code.name,
        "reason": error.reason,
        "metadata": error.metadata,
        "request_id": request_id,
    }
    headers = {REQUEST_ID_KEY: request_id}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status in (429, 503):
        headers["retry-after"] = "1"
    return JSONResponse(body, status, headers, media_type="application/problem+json")
