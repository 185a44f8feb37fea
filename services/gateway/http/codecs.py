"""The codecs of Connect. Megabytes of JSON are read beside the event loop, for which all calls would wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from connectrpc.codec import Codec
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from google.protobuf.json_format import ParseError

from services.gateway.http.malformed import malformed_json

LARGE_BYTES: Final = 64 * 1024
"""Size of JSON that takes a millisecond to read; a photo in base64 takes 17 ms for each mebibyte."""

_JSON: Final[Codec[Any, Any]] = google_protobuf_json_codec()


@dataclass(frozen=True)
class Unread:
    """A message in JSON that is still to be read."""

    data: bytes
    message_class: Any

    async def read(self) -> Any:
        """Reads the message.

        Raises:
            StatusError: INVALID_ARGUMENT, MALFORMED_REQUEST.
        """
        return await asyncio.to_thread(_read, self.data, self.message_class)


class DeferredJson(Codec[Any, Any]):
    """JSON, of which large messages stay `Unread`."""

    def name(self) -> str:
        """Returns the name of the format."""
        return _JSON.name()

    def encode(self, message: Any) -> bytes:
        """Writes a message."""
        return bytes(_JSON.encode(message))

    def decode(self, data: bytes | bytearray, message_class: Any) -> Any:
        """Reads a small message, and keeps a large one for `message_of`; raises as `Unread.read`."""
        if len(data) > LARGE_BYTES:
            return Unread(bytes(data), message_class)
        return _read(data, message_class)


CODECS: Final[list[Codec[Any, Any]]] = [google_protobuf_binary_codec(), DeferredJson()]


async def message_of(request: Any) -> Any:
    """Returns the message of a request, which may be `Unread`; raises as `Unread.read`."""
    return await request.read() if isinstance(request, Unread) else request


def _read(data: bytes | bytearray, message_class: Any) -> Any:
    try:
        return _JSON.decode(data, message_class)
    except (ParseError, ValueError) as error:
        raise malformed_json(data, message_class.DESCRIPTOR, error) from error
