"""The ways to a gateway, by its target: gRPC for `host:port`, HTTP/1.1 for an `https://` address.

The target alone decides, since gRPC takes no such address. HTTP is an extra of its own: it needs httpx, which
brings pools, proxies and TLS for asyncio, and an app that calls by gRPC does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from lienzo_client.aio_line import AsyncLine
from lienzo_client.channel import Connection
from lienzo_client.line import Line

if TYPE_CHECKING:
    from lienzo_client.http_line import AsyncHttpLine, HttpLine

AnyLine: TypeAlias = "Line | HttpLine"
AnyAsyncLine: TypeAlias = "AsyncLine | AsyncHttpLine"

_MISSING = "calls over HTTP need a library more: pip install 'lienzo-client[http]'"


def open_line(connection: Connection) -> AnyLine:
    """Opens the line of the client for threads; it connects with the first call.

    Raises:
        ImportError: Where the library for HTTP is missing.
    """
    if not connection.is_http:
        return Line(connection)
    try:
        from lienzo_client.http_line import HttpLine
    except ModuleNotFoundError as error:
        raise ImportError(_MISSING) from error
    return HttpLine(connection)


def open_async_line(connection: Connection) -> AnyAsyncLine:
    """Opens the line of the client for asyncio; as `open_line`."""
    if not connection.is_http:
        return AsyncLine(connection)
    try:
        from lienzo_client.http_line import AsyncHttpLine
    except ModuleNotFoundError as error:
        raise ImportError(_MISSING) from error
    return AsyncHttpLine(connection)
