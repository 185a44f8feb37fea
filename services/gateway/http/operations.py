"""Describes the operations of the HTTP API for OpenAPI: the bodies of their requests, and their responses."""

from __future__ import annotations

from typing import Any, Final

from services.gateway.http.schemas import PROBLEM, request_schema

_PICTURE_BODIES: Final = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}


def picture_body(descriptor: Any) -> dict[str, Any]:
    """Describes the body of a request about a picture, given the descriptor of its message."""
    as_json = {"application/json": {"schema": request_schema(descriptor)}}
    return {"requestBody": {"required": True, "content": {**_PICTURE_BODIES, **as_json}}}


def work_body(descriptor: Any, *, needs_file: bool) -> dict[str, Any]:
    """Describes the body of a request about a work, as a form or as a message.

    Args:
        descriptor: Descriptor of the message.
        needs_file: Whether the form must have a picture.
    """
    known = {
        "file": {"type": "string", "format": "binary"},
        "title": {"type": "string"},
        "artist": {"type": "string"},
    }
    form = {
        "type": "object",
        "required": ["file", "id"] if needs_file else [],
        "properties": {**known, "id": {"type": "string"}},
        "additionalProperties": {"type": "string"},
    }
    content = {
        "multipart/form-data": {"schema": form},
        "application/json": {"schema": request_schema(descriptor)},
    }
    return {"requestBody": {"required": True, "content": content}}


def responses(answer: dict[str, Any]) -> dict[str, Any]:
    """Describes the responses of a route, given the schema of its answer."""
    problems = {
        "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}
    }
    return {
        "responses": {
            200: {"description": "Done", "content": {"application/json": {"schema": answer}}},
            "4XX": {"description": "The request cannot be answered", **problems},
            "5XX": {"description": "The server cannot answer now", **problems},
        }
    }
