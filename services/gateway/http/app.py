"""The HTTP application: routes, health, the page and the documentation."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from runtime.calls.call import Call
from runtime.calls.errors import unexpected_fault
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST, METHOD_NOT_ALLOWED, NO_SUCH_PATH
from runtime.work.budget import Budget
from services.gateway.backends import Backends
from services.gateway.http.browsers import Calls, allow_origins
from services.gateway.http.connect import PATH, ConnectApplication
from services.gateway.http.page import add_page
from services.gateway.http.problems import problem
from services.gateway.http.routes import Routes
from services.gateway.http.slow import BoundedBodies
from services.gateway.settings import GatewaySettings

HEALTH_TIMEOUT_SECONDS: Final = 2.0

_REASONS: Final = {404: NO_SUCH_PATH, 405: METHOD_NOT_ALLOWED}
"""Reasons of the framework's own errors, by HTTP status."""


def make_app(
    routes: Routes,
    connect: ConnectApplication,
    backends: Backends,
    budget: Budget,
    settings: GatewaySettings,
) -> FastAPI:
    """Makes the application."""
    app: FastAPI = FastAPIOffline(
        title="lienzo",
        summary="Recognises pictures and extracts their colours.",
        description="The gateway's JSON interface. Errors are RFC 9457 problem details with the gRPC reason.",
        version="1",
    )
    app.include_router(routes.router())
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _fault)

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Answers 200 when the gateway and all services behind it serve, else 503, with the state of each."""
        serving = await backends.health(HEALTH_TIMEOUT_SECONDS)
        return JSONResponse(
            {"serving": all(serving.values()), "services": dict(serving)},
            200 if all(serving.values()) else 503,
        )

    app.mount(PATH, Calls(connect))
    add_page(app)
    app.add_middleware(
        BoundedBodies,
        budget=budget,
        grace_seconds=settings.body_seconds,
        most_seconds=settings.receive_seconds,
    )
    allow_origins(app, settings.origins)
    return app


async def _invalid_request(request: Request, error: Exception) -> Response:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    found = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)
    return problem(
        refused(INVALID_REQUEST, problem=found), Call.received("", request.headers.items(), "").request_id
    )


async def _fault(request: Request, error: Exception) -> Response:
    call = Call.received("", request.headers.items(), "")
    return problem(unexpected_fault(call.request_id), call.request_id)


async def _http_problem(request: Request, error: Exception) -> Response:
    code, message = (error.status_code, str(error.detail)) if isinstance(error, HTTPException) else (500, "")
    status = refused(
        _REASONS.get(code, INVALID_REQUEST),
        "{method} {path}: {problem}",
        method=request.method,
        path=request.url.path,
        problem=message,
    )
    answer = problem(status, Call.received("", request.headers.items(), "").request_id)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer
