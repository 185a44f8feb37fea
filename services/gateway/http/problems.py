"""Errors over HTTP: RFC 9457 problem details that carry the gRPC reason."""

from __future__ import annotations

from fastapi.responses import JSONResponse

from runtime.reasons.table import http_status
from runtime.status import REQUEST_ID_KEY, StatusError


def problem(error: StatusError, request_id: str) -> JSONResponse:
    """Converts an error to `application/problem+json`."""
    status = http_status(error)
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
    if error.retry_seconds is not None:
        headers["retry-after"] = str(error.retry_seconds)
    return JSONResponse(body, status, headers, media_type="application/problem+json")
