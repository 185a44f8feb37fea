"""Reads request messages from HTTP requests: the message as JSON, or the picture itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from fastapi import Request
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from starlette.datastructures import Headers

from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST
from services.gateway.http.schemas import request_schema
from services.gateway.http.uploads import read_body, read_picture
from services.gateway.settings import GatewaySettings

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


def body_of(descriptor: Any) -> dict[str, Any]:
    """Describes for OpenAPI the body of a request about a picture, given its message."""
    as_json = {"application/json": {"schema": request_schema(descriptor)}}
    return {"requestBody": {"required": True, "content": {**_PICTURE_BODIES, **as_json}}}


async def read_message(request: Request, message: Any, settings: GatewaySettings) -> None:
    """Reads the body into a message that has an `image`: as its JSON, or as the bytes of the picture.

    Args:
        request: A request with an unread body.
        message: Filled from the query; fields in the body take precedence.
        settings: Give the limits of a picture and of a body.

    Raises:
        StatusError: INVALID_ARGUMENT, MALFORMED_REQUEST, or as `read_picture`.
    """
    if not is_json(request.headers):
        message.image.data = await read_picture(request, settings.max_picture_bytes)
        return
    body = await read_body(request, settings.max_body_bytes)
    await asyncio.to_thread(fill, message, body)  # megabytes of base64 would block the event loop


def is_json(headers: Headers) -> bool:
    """Whether the content type of a body is JSON."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def fill(message: Message, body: bytes) -> None:
    """Sets the fields of a message that a JSON object names.

    Raises:
        StatusError: INVALID_ARGUMENT, MALFORMED_REQUEST.
    """
    try:
        values = json.loads(body)
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
        ParseDict(values, message)
    except (ParseError, ValueError, RecursionError) as error:
        raise refused(
            MALFORMED_REQUEST,
            "The body is not the message {message} in JSON: {problem}",
            message=message.DESCRIPTOR.name,
            problem=error,
        ) from error
