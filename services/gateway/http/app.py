"""Makes the HTTP application: routes, health, the page and the documentation."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline

from runtime.process.health import to_health
from runtime.work.budget import Budget
from services.gateway.backends import Backends
from services.gateway.http.browsers import Calls, allow_origins
from services.gateway.http.connect import PATH, ConnectApplication
from services.gateway.http.hosts import KnownHosts
from services.gateway.http.leaving import UntilDisconnected
from services.gateway.http.limits import BoundedBodies
from services.gateway.http.openapi import complete_openapi
from services.gateway.http.page import add_page
from services.gateway.http.refusals import add_refusals
from services.gateway.http.routes import Routes
from services.gateway.settings import GatewaySettings


def make_app(
    routes: Routes,
    connect: ConnectApplication,
    backends: Backends,
    budget: Budget,
    settings: GatewaySettings,
) -> FastAPI:
    """Makes the application.

    Args:
        routes: The paths of the API.
        connect: Answers Connect and gRPC-Web.
        backends: The services whose health `/healthz` tells.
        budget: Counts the bytes of requests until they are answered.
        settings: Time limits, allowed origins and hosts, and whether keys are needed.
    """
    app: FastAPI = FastAPIOffline(
        title="lienzo",
        summary="Recognises pictures and extracts their colours.",
        description="The gateway's JSON interface. Errors are RFC 9457 problem details with the gRPC reason.",
        version="1",
    )
    app.include_router(routes.router())
    add_refusals(app)

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Answers 200 when the gateway and all services behind it serve, else 503, with the state of each."""
        health = to_health(await backends.states())
        return JSONResponse(health, 200 if health["serving"] else 503)

    complete_openapi(app, settings)
    app.mount(PATH, Calls(UntilDisconnected(connect)))
    add_page(app)
    app.add_middleware(
        BoundedBodies,
        budget=budget,
        grace_seconds=settings.body_seconds,
        most_seconds=settings.receive_seconds,
    )
    allow_origins(app, settings.origins)
    app.add_middleware(KnownHosts, settings=settings)
    return app
