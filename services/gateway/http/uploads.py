"""The picture in an HTTP request: a multipart field `file`, or the body itself."""

from __future__ import annotations

from typing import Final

import grpc
from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from runtime.status import StatusError

FORM_ALLOWANCE: Final = 64 * 1024
"""Bytes of a multipart body beside the picture: boundaries, headers, small fields."""

REQUEST_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""What `read_picture` takes, for OpenAPI."""


async def read_picture(request: Request, limit_bytes: int) -> bytes:
    """Reads the picture, at most so many bytes of it.

    Raises:
        StatusError: INVALID_ARGUMENT, MISSING_IMAGE, PICTURE_TOO_LARGE or MALFORMED_REQUEST.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes + FORM_ALLOWANCE:
        raise _too_large(int(declared), limit_bytes)
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    data = await _form_file(request) if is_form else await _body(request, limit_bytes)
    if len(data) > limit_bytes:
        raise _too_large(len(data), limit_bytes)
    if not data:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "MISSING_IMAGE",
            "The request has no picture: send it as the multipart field `file`, or as the body.",
        )
    return data


async def _form_file(request: Request) -> bytes:
    try:
        async with request.form(max_files=1, max_fields=16) as form:
            file = form.get("file")
            if isinstance(file, UploadFile):
                return await file.read()
            return b""
    except (MultiPartException, HTTPException) as error:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST", f"The form cannot be read: {error}."
        ) from error


async def _body(request: Request, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(len(body), limit_bytes)
    return bytes(body)


def _too_large(size_bytes: int, limit_bytes: int) -> StatusError:
    return StatusError(
        grpc.StatusCode.INVALID_ARGUMENT,
        "PICTURE_TOO_LARGE",
        f"picture of {size_bytes} bytes or more; at most {limit_bytes} are read",
        {"size_bytes": str(size_bytes), "limit_bytes": str(limit_bytes)},
    )
