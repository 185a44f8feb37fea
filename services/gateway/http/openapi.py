"""Completes FastAPI's OpenAPI document of the routes with the contract's messages and the credentials."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from services.gateway.http.schemas import components
from services.gateway.settings import GatewaySettings

BEARER: Final = "bearer"
OPEN: Final = {"/healthz"}
"""Paths that ask for no credentials."""


def complete_openapi(app: FastAPI, settings: GatewaySettings) -> None:
    """Adds messages as components, and the security scheme, to the document of an application."""
    of_routes = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = of_routes()
        parts = document.setdefault("components", {})
        parts["schemas"] = {**parts.get("schemas", {}), **components()}
        parts["securitySchemes"] = {
            BEARER: {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key or a token, where the server requires one.",
            }
        }
        needs_key = settings.api_keys_file is not None or settings.jwt_key_file is not None
        document["security"] = [{BEARER: []}] if needs_key else [{}, {BEARER: []}]
        for path in OPEN:
            for operation in document["paths"].get(path, {}).values():
                operation["security"] = []
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it
