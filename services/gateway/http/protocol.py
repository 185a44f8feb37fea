"""Uvicorn's HTTP protocol with limits for everything but bodies: heads, trailers, pipelined requests.

Bodies are limited where they are read, by `limits.py`. What comes before and after them is seen by the parser
alone, which keeps a field until it is complete, however long it is.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

from httptools import HttpParserCallbackError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST
from services.gateway.http.refusals import refuse
from services.gateway.http.upgrades import PlainParser

MOST_HEAD_BYTES: Final = 64 * 1024
"""Bytes of a head, or of what follows a body, except those that came in one piece with other data."""

FIELD_BYTES: Final = 32
"""Bytes that a field counts beside its name and value, as in HTTP/2: an empty one takes memory, too."""

MOST_WAITING: Final = 16
"""Pipelined requests of one connection that may wait."""

LONGEST_PROBLEM: Final = 200
"""Characters of an error of the parser that are passed on to the caller."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes connections whose heads take too long, or whose heads or trailers are too large.

    Attributes:
        head_seconds: Time for the line and headers of a request.
    """

    head_seconds = 10.0
    _timer: asyncio.TimerHandle | None = None
    _undelivered = 0
    _fields = 0
    _is_over = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Takes the arguments of uvicorn's protocol, and uses a parser that takes no upgrades."""
        super().__init__(*arguments, **named)
        self.parser: Any = PlainParser(self)

    def connection_made(self, transport: Any) -> None:
        """Starts the timer of the first head."""
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and starts or stops the timer of a head."""
        if self._is_over:
            return
        self._undelivered += len(data)
        super().data_received(data)
        if self._undelivered > MOST_HEAD_BYTES and not self._is_over:
            self.send_400_response(f"more than {MOST_HEAD_BYTES} bytes beside the body")
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()
        elif self._timer is None:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begins to count the fields of a request."""
        self._fields = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header or a trailer; an error that is raised here becomes an answer of 400."""
        self._fields += len(name) + len(value) + FIELD_BYTES
        if self._fields > MOST_HEAD_BYTES:
            raise ValueError(f"more than {MOST_HEAD_BYTES} bytes of header fields")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hands the request to the application; an error that is raised here becomes an answer of 400."""
        self._undelivered = 0
        if self.parser.is_read_again():
            return
        if len(self.pipeline) >= MOST_WAITING:
            raise ValueError(f"more than {MOST_WAITING} requests wait for an answer")
        self._check_fields()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hands a part of the body to the application."""
        self._undelivered = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Tells the application that the body is whole."""
        self._undelivered = 0
        if self.parser.is_read_again():
            return
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is not HTTP with problem details, and closes the connection.

        After a complete request, that one is answered first.

        Args:
            msg: The problem, where the parser names none.
        """
        self._is_over = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                cycle.keep_alive = False
                return
            if cycle.response_started or self.pipeline:
                self.transport.close()  # a second answer cannot begin within, or before, the first
                return
        scope = {"method": "HTTP", "raw_path": b"-", "headers": self.headers or (), "client": self.client}
        answer = refuse(scope, refused(INVALID_REQUEST, problem=_problem(sys.exception()) or msg.rstrip(".")))
        head = [f"HTTP/1.1 {answer.status_code} Bad Request".encode(), b"connection: close"]
        head += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def _check_fields(self) -> None:
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise ValueError(f"a request names one host, and this one names {len(hosts)}")
        for name, value in self.headers:
            if name == b"transfer-encoding" and value.lower() != b"chunked":
                raise ValueError("chunked is the only transfer encoding that is read")

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        waits = self.cycle is None or self.cycle.response_complete
        if waits and not self.transport.is_closing():
            self.transport.close()


def _problem(error: BaseException | None) -> str:
    """Returns the problem that the parser, or a method of ours that it called, has found."""
    found = error.__context__ if isinstance(error, HttpParserCallbackError) else error
    return str(found or "").rstrip(".")[:LONGEST_PROBLEM]


def protocol_of(seconds: float) -> type[BoundedProtocol]:
    """Makes a protocol class with a time limit for heads; uvicorn makes the objects itself."""
    return type("Protocol", (BoundedProtocol,), {"head_seconds": seconds})
