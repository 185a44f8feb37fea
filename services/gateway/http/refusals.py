"""Refuses requests that no route answers; they are counted and logged like all other refusals."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from runtime.calls.access_log import access_log
from runtime.calls.call import Call, within
from runtime.calls.errors import unexpected_fault
from runtime.calls.telemetry import telemetry
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST, METHOD_NOT_ALLOWED, NO_SUCH_PATH
from runtime.status import StatusError
from services.gateway.http.problems import problem

LONGEST_PATH: Final = 200
"""Characters of a path in the log."""

_REASONS: Final = {404: NO_SUCH_PATH, 405: METHOD_NOT_ALLOWED}
"""Reasons of the framework's own errors, by HTTP status."""


def refuse(scope: Scope, error: StatusError) -> Response:
    """Answers a request with an error, after counting and logging it.

    Callers make up paths, so metrics have one label for all paths without a route.
    """
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    client = scope.get("client")
    route = scope.get("route")
    has_route = scope["method"] in (getattr(route, "methods", None) or ())  # any word may stand for a method
    # As it was sent, percent-encoded: a decoded path could hold line ends, and forge lines of the log.
    path = (
        getattr(route, "path", "")
        or scope.get("raw_path", b"").decode("ascii", "backslashreplace").partition("?")[0]
    )
    method = f"{scope['method'][:20]} {path[:LONGEST_PATH]}"
    peer = f"{client[0]}:{client[1]}" if client else ""
    call = Call.received(method, headers, peer, known=has_route)
    try:
        with within((telemetry, access_log), call):
            raise error
    except StatusError as known:
        return problem(known, call.request_id)


def add_refusals(app: FastAPI) -> None:
    """Answers errors of the framework, and unexpected faults, with problem details."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _fault)


async def _invalid_request(request: Request, error: Exception) -> Response:
    problems: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    found = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)
    return refuse(request.scope, refused(INVALID_REQUEST, problem=found))


async def _fault(request: Request, error: Exception) -> Response:
    call = Call.received("", request.headers.items(), "")
    return refuse(request.scope, unexpected_fault(call.request_id))


async def _http_problem(request: Request, error: Exception) -> Response:
    code, message = (error.status_code, str(error.detail)) if isinstance(error, HTTPException) else (500, "")
    status = refused(
        _REASONS.get(code, INVALID_REQUEST),
        "{method} {path}: {problem}",
        method=request.method,
        path=request.url.path,
        problem=message,
    )
    answer = refuse(request.scope, status)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer
