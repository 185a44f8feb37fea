"""Uvicorn's HTTP protocol with bounds for what is not a body: heads, trailers and the like.

Bodies are bounded where they are read, by `slow.py`. What stands around them is only seen by the parser,
which keeps a field until it is whole, however long it is.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST
from services.gateway.http.refusals import refuse

MOST_HEAD_BYTES: Final = 64 * 1024
"""Bytes of a head, or of what follows a body, beside those that came in one piece with other things."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes connections whose heads take too long, or whose heads or trailers are too large.

    Attributes:
        head_seconds: Time for the line and headers of a request.
    """

    head_seconds = 10.0
    _timer: asyncio.TimerHandle | None = None
    _undelivered = 0
    _fields = 0

    def connection_made(self, transport: Any) -> None:
        """Starts the time for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and starts or ends the time for a head."""
        self._undelivered += len(data)
        super().data_received(data)
        if self._undelivered > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"more than {MOST_HEAD_BYTES} bytes beside the body")
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_is_here()
        elif self._timer is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the time."""
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begins to count the fields of a request."""
        self._fields = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header, or a trailer; the parser answers 400 for an error that is raised here."""
        self._fields += len(name) + len(value)
        if self._fields > MOST_HEAD_BYTES:
            raise ValueError("too many header fields")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hands the request to the application."""
        self._undelivered = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hands a part of the body to the application."""
        self._undelivered = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Tells the application that the body is whole."""
        self._undelivered = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is not HTTP, like every other request that no route answers, and closes.

        Args:
            msg: What is wrong.
        """
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()  # a second answer cannot begin within the first
            return
        told = {"method": "HTTP", "raw_path": b"-", "headers": self.headers or (), "client": self.client}
        answer = refuse(told, refused(INVALID_REQUEST, problem=msg.rstrip(".")))
        head = [f"HTTP/1.1 {answer.status_code} Bad Request".encode(), b"connection: close"]
        head += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _head_is_here(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        waits = self.cycle is None or self.cycle.response_complete
        if waits and not self.transport.is_closing():
            self.transport.close()


def protocol_of(seconds: float) -> type[BoundedProtocol]:
    """Makes a protocol class with so much time for a head; uvicorn makes the objects itself."""
    return type("Protocol", (BoundedProtocol,), {"head_seconds": seconds})
