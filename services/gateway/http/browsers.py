"""Allows calls from pages of other origins, and refuses what is not a call on paths of the contract."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.calls.authentication import CREDENTIALS
from runtime.reasons.reason import refused
from runtime.reasons.requests import METHOD_NOT_ALLOWED, UNKNOWN_CONTENT_TYPE, UNKNOWN_METHOD
from runtime.status import DETAILS_KEY, REQUEST_ID_KEY, StatusError
from services.gateway.http.connect import PATH, READING, SERVICE
from services.gateway.http.refusals import refuse

_REQUEST_HEADERS: Final = [
    *(*CREDENTIALS, "content-type", REQUEST_ID_KEY),
    *("if-none-match", "if-range", "range"),  # of packages that were fetched before, or in part
    *("connect-protocol-version", "connect-timeout-ms", "grpc-timeout", "x-grpc-web", "x-user-agent"),
]
_RESPONSE_HEADERS: Final = [
    "content-range",
    "etag",
    "grpc-message",
    "grpc-status",
    DETAILS_KEY,
    "retry-after",
    REQUEST_ID_KEY,
]
_TYPES: Final = {f"application/{kind}" for kind in ("json", "proto", "connect+json", "connect+proto")} | {
    f"application/grpc-web{codec}" for codec in ("", "+json", "+proto")
}
_METHODS: Final = {f"{PATH}/{method.name}" for method in SERVICE.methods}


def allow_origins(app: FastAPI, origins: list[str]) -> None:
    """Allows calls from pages of other origins (CORS); without any, browsers block them.

    Keys are in a header that a page sets itself, never in a cookie, so credentials stay off.
    """
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_RESPONSE_HEADERS,
            max_age=7200,
        )


class Calls:
    """Passes calls of the contract on to an application, and refuses other requests with problem details."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        headers = Headers(scope=scope)
        error = _refusal(scope["path"], scope["method"], headers.get("content-type", ""))
        if error is None:
            await self._app(scope, receive, send)
            return
        answer = refuse(scope, error)
        if error.reason == METHOD_NOT_ALLOWED.name:
            answer.headers["allow"] = "GET, POST" if scope["path"] in READING else "POST"
        await answer(scope, receive, send)


def _refusal(path: str, method: str, content_type: str) -> StatusError | None:
    if path not in _METHODS:
        return refused(UNKNOWN_METHOD, method=path)
    if method == "GET" and path in READING:
        return None
    if method != "POST":
        return refused(METHOD_NOT_ALLOWED, "{path} is called by POST.", method=method, path=path)
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _TYPES:
        return None
    return refused(UNKNOWN_CONTENT_TYPE, content_type=kind, known=", ".join(sorted(_TYPES)))
