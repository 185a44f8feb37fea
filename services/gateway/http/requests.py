"""Reads request messages from HTTP requests: the message as JSON, or the picture itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import Request
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from starlette.datastructures import Headers

from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST, UNKNOWN_CONTENT_TYPE
from services.gateway.http.bodies import is_form, read_body, read_form, read_picture
from services.gateway.http.malformed import is_base64, malformed_json
from services.gateway.settings import GatewaySettings


async def read_work(request: Request, message: Any, settings: GatewaySettings) -> None:
    """Reads the body into a message that has a `work` and its `reference`: as its JSON, or as a form.

    Of a form the field `file` is the picture, `id`, `title` and `artist` are those of the record, and every
    other field is a column of it.

    Args:
        request: A request with an unread body.
        message: Filled from the path, which the body must not contradict.
        settings: The limits of a picture and of a body.

    Raises:
        StatusError: INVALID_ARGUMENT, UNKNOWN_CONTENT_TYPE, INVALID_REQUEST, MALFORMED_REQUEST, or as
            `read_form`.
    """
    catalogue, work_id = message.catalogue, message.work.id
    if is_json(request.headers):
        body = await read_body(request, settings.max_body_bytes)
        await asyncio.to_thread(fill, message, body)
    elif is_form(request.headers):
        fields, picture = await read_form(request, settings.max_picture_bytes)
        for name, value in fields.items():
            if name in ("id", "title", "artist"):
                setattr(message.work, name, value)
            else:
                message.work.columns[name] = value
        if picture is not None:
            message.reference.data = picture
    else:
        known = "multipart/form-data, application/json"
        given = request.headers.get("content-type", "")
        raise refused(UNKNOWN_CONTENT_TYPE, content_type=given, known=known)
    for name, in_body, in_path in (
        ("catalogue", message.catalogue, catalogue),
        ("id", message.work.id, work_id or message.work.id),
    ):
        if in_body != in_path:
            raise refused(
                INVALID_REQUEST, problem=f'{name} is "{in_body}" in the body and "{in_path}" in the path'
            )


async def read_message(request: Request, message: Any, settings: GatewaySettings) -> None:
    """Reads the body into a message that has an `image`: as its JSON, or as the bytes of the picture.

    Args:
        request: A request with an unread body.
        message: Filled from the query; fields in the body take precedence.
        settings: The limits of a picture and of a body.

    Raises:
        StatusError: INVALID_ARGUMENT, MALFORMED_REQUEST, or as `read_picture`.
    """
    if not is_json(request.headers):
        message.image.data = await read_picture(request, settings.max_picture_bytes)
        return
    body = await read_body(request, settings.max_body_bytes)
    await asyncio.to_thread(fill, message, body)  # megabytes of base64 would block the event loop


def is_json(headers: Headers) -> bool:
    """Tells whether the content type of a body is JSON."""
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
        _check_base64(values, message.DESCRIPTOR)
        ParseDict(values, message)
    except (ParseError, ValueError, RecursionError) as error:
        raise malformed_json(body, message.DESCRIPTOR, error) from error


def _check_base64(values: dict[str, Any], descriptor: Any, path: str = "") -> None:
    """Refuses bytes that are not base64, which the parser would read without the wrong characters."""
    for field in descriptor.fields:
        for name in {field.name, field.json_name} & values.keys():
            value = values[name]
            if isinstance(value, dict) and field.message_type is not None:
                _check_base64(value, field.message_type, f"{path}{name}.")
            is_bytes = field.type == FieldDescriptor.TYPE_BYTES and isinstance(value, str)
            if is_bytes and not is_base64(value):
                raise ValueError(f"{path}{name} is not base64")
