"""Sends Core ML packages by GET: whole, in ranges, or not at all to a caller that has the newest.

RFC 9110, sections 13 (conditional requests) and 14 (range requests).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse

from services.gateway.archive import Archive
from services.gateway.downloads import Download

MEDIA_TYPE: Final = "application/zip"
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Part:
    """Bytes of a file from `first` up to and without `end`."""

    first: int
    end: int


def to_package_response(found: Download, headers: Headers, *, with_body: bool) -> Response:
    """Makes the response with a package, or the part of it that the headers of a request ask for.

    Args:
        found: The package.
        headers: Of the request.
        with_body: False for HEAD.
    """
    archive, manifest = found.archive, found.manifest
    tag = f'"{archive.sha256}"'
    fields = {
        "etag": tag,
        "accept-ranges": "bytes",
        "cache-control": "no-cache",
        "content-disposition": f'attachment; filename="{manifest.name}-{manifest.version}.mlpackage.zip"',
    }
    if _matches(headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=fields)
    part, status = Part(0, archive.total_bytes), 200
    if headers.get("if-range", tag) == tag and (asked := _RANGE.fullmatch(headers.get("range", "").strip())):
        wanted = _part(asked[1], asked[2], archive.total_bytes)
        if wanted is None:
            fields["content-range"] = f"bytes */{archive.total_bytes}"
            return Response(status_code=416, headers=fields)
        part, status = wanted, 206
        fields["content-range"] = f"bytes {part.first}-{part.end - 1}/{archive.total_bytes}"
    fields["content-length"] = str(part.end - part.first)
    if not with_body:
        return Response(status_code=status, headers=fields, media_type=MEDIA_TYPE)
    return StreamingResponse(_chunks(archive, part), status, fields, media_type=MEDIA_TYPE)


def _matches(tags: str, tag: str) -> bool:
    return tags.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in tags.split(","))


def _part(first: str, last: str, total_bytes: int) -> Part | None:
    """Returns the part that a range asks for; None where it is empty. `-500` is the last 500 bytes."""
    if not first:
        size = min(int(last or 0), total_bytes)
        return Part(total_bytes - size, total_bytes) if size else None
    begin, end = int(first), min(int(last) + 1, total_bytes) if last else total_bytes
    return Part(begin, end) if begin < end else None


async def _chunks(archive: Archive, part: Part) -> AsyncIterator[bytes]:
    offset = part.first
    with archive.opened() as opened:
        while offset < part.end:
            chunk = await asyncio.to_thread(opened.read, offset)
            chunk = chunk[: part.end - offset]
            if not chunk:
                return
            offset += len(chunk)
            yield chunk
