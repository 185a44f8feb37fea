"""Reads the picture of an HTTP request: the multipart field `file`, or the body itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from runtime.reasons.calls import CALLER_LEFT
from runtime.reasons.pictures import MISSING_IMAGE, PICTURE_TOO_LARGE
from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST
from runtime.status import StatusError

FORM_ALLOWANCE: Final = 64 * 1024
"""Bytes of a multipart body beside the picture: boundaries, headers, small fields."""

_FIELDS: Final = 16
"""Fields of a form with a picture."""
_WORK_FIELDS: Final = 128
"""Fields of a form about a work: its columns are fields, too."""

SWALLOW_BYTES: Final = 64 * 2**20
SWALLOW_SECONDS: Final = 10.0
"""Bytes and time up to which a refused body is still read before the connection is closed."""


async def read_picture(request: Request, limit_bytes: int) -> bytes:
    """Reads the picture, up to a limit, into memory; nothing is written to disk.

    Raises:
        StatusError: INVALID_ARGUMENT, MISSING_IMAGE, PICTURE_TOO_LARGE or MALFORMED_REQUEST; CANCELLED,
            CALLER_LEFT when the sender disconnects.
    """
    if is_form(request.headers):
        _, file = await _form_of(request, limit_bytes, _FIELDS)
        data = file or b""
    else:
        data = await read_body(request, limit_bytes)
    _check_size(data, limit_bytes)
    if not data:
        raise refused(
            MISSING_IMAGE,
            "The request has no picture: send it as the multipart field `file`, or as the body.",
        )
    return data


async def read_form(request: Request, limit_bytes: int) -> tuple[dict[str, str], bytes | None]:
    """Reads a form of texts and perhaps a picture, its field `file`, into memory.

    Returns:
        The texts by field, and the picture; None where there is none.

    Raises:
        StatusError: INVALID_ARGUMENT, PICTURE_TOO_LARGE, MISSING_IMAGE for an empty file, or
            MALFORMED_REQUEST, also for a field that comes twice and for a file in another field;
            CANCELLED, CALLER_LEFT.
    """
    items, data = await _form_of(request, limit_bytes, _WORK_FIELDS)
    _check_size(data or b"", limit_bytes)
    if data == b"":
        raise refused(MISSING_IMAGE, "The field `file` is empty.")
    fields: dict[str, str] = {}
    for name, value in items:
        if value is None:
            raise _unreadable_form(f"{name} holds a file, and only `file` may")
        if name in fields:
            raise _unreadable_form(f"the field {name} comes twice")
        fields[name] = value
    return fields, data


def is_form(headers: Headers) -> bool:
    """Tells whether a body is a multipart form."""
    return headers.get("content-type", "").lower().startswith("multipart/form-data")


async def _form_of(
    request: Request, limit_bytes: int, fields: int
) -> tuple[list[tuple[str, str | None]], bytes | None]:
    """Reads a form; returns its other fields, None for files, and the picture of its field `file`."""
    parser = _Form(
        request.headers, _bounded(request, limit_bytes, FORM_ALLOWANCE), max_files=1, max_fields=fields
    )
    parser.spool_max_size = limit_bytes + FORM_ALLOWANCE  # containers have read-only file systems
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _unreadable_form(error.message.rstrip(".")) from error
    try:
        file = form.get("file")
        data = await file.read() if isinstance(file, UploadFile) else None
        others = [(name, value) for name, value in form.multi_items() if name != "file"]
        return [(name, value if isinstance(value, str) else None) for name, value in others], data
    finally:
        await form.close()


def _unreadable_form(problem: str) -> StatusError:
    return refused(MALFORMED_REQUEST, "The form cannot be read: {problem}.", problem=problem)


class _Form(MultiPartParser):
    """A form whose part `file` is the picture, with or without a file name.

    Dart, Retrofit, .NET and `curl -F 'file=<photo.jpg'` send no file name, and the parser would take the
    picture for a text.
    """

    def on_headers_finished(self) -> None:
        """Adds the file name that is missing."""
        _, options = parse_options_header(self._current_part.content_disposition)
        if options.get(b"name") == b"file" and b"filename" not in options:
            self._current_part.content_disposition = b'form-data; name="file"; filename=""'
        super().on_headers_finished()


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Reads the body, up to a limit.

    Raises:
        StatusError: INVALID_ARGUMENT, PICTURE_TOO_LARGE; CANCELLED, CALLER_LEFT.
    """
    return b"".join([chunk async for chunk in _bounded(request, limit_bytes, 0)])


async def _bounded(request: Request, limit_bytes: int, allowance: int) -> AsyncGenerator[bytes, None]:
    """Yields the body in pieces, up to a limit; a body with a larger announced size is not read at all."""
    body = _stream(request)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes + allowance:
        if "expect" not in request.headers:  # a sender that expects 100-continue has not sent yet
            await _swallow(body)
        raise _too_large(int(declared), limit_bytes)
    received = 0
    async for chunk in body:
        received += len(chunk)
        if received > limit_bytes + allowance:
            await _swallow(body)
            raise _too_large(received, limit_bytes)
        yield chunk


async def _stream(request: Request) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise refused(CALLER_LEFT) from error


async def _swallow(body: AsyncGenerator[bytes, None]) -> None:
    """Reads on for a while, since a sender that is cut off while sending never sees the answer."""
    swallowed = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(SWALLOW_SECONDS):
            async for chunk in body:
                swallowed += len(chunk)
                if swallowed > SWALLOW_BYTES:
                    return


def _check_size(data: bytes, limit_bytes: int) -> None:
    if len(data) > limit_bytes:
        raise _too_large(len(data), limit_bytes)


def _too_large(size_bytes: int, limit_bytes: int) -> StatusError:
    return refused(
        PICTURE_TOO_LARGE,
        "picture of {size_bytes} bytes or more; at most {limit_bytes} are read",
        size_bytes=size_bytes,
        limit_bytes=limit_bytes,
    )
