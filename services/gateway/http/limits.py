"""Limits bodies over HTTP: their bytes, their rate and their time. Past a limit the connection is closed.

A caller that sends a byte now and then would otherwise hold a connection and memory for as long as it likes.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.reasons.reason import refused
from runtime.reasons.requests import SLOW_UPLOAD
from runtime.status import StatusError
from runtime.work.budget import Budget, Holding

BYTES_PER_SECOND: Final = 4096
"""Bytes of a body that extend its time limit by one second."""


class BoundedBodies:
    """ASGI middleware that refuses bodies which arrive too slowly, or do not fit into memory.

    Reading such a body raises StatusError in the application: DEADLINE_EXCEEDED, SLOW_UPLOAD or
    RESOURCE_EXHAUSTED, OVERLOADED; its answer ends the connection.
    """

    def __init__(self, app: ASGIApp, budget: Budget, grace_seconds: float, most_seconds: float) -> None:
        """Sets the bounds.

        Args:
            app: The application behind.
            budget: Counts the bytes of a request until it is answered.
            grace_seconds: Time for every body, beside the extension by its bytes.
            most_seconds: Time for a body of any size.
        """
        self._app = app
        self._budget = budget
        self._grace = grace_seconds
        self._most = most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._budget.holding() as holding:
            body = _Body(receive, holding, self._grace, self._most)
            # Whoever expects 100-continue and is refused instead may send the body, or the next request.
            expects = any(name == b"expect" for name, _ in scope["headers"])

            async def answer(message: Message) -> None:
                is_last = body.is_refused or (expects and not body.is_asked_for)
                if is_last and message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
                await send(message)

            await self._app(scope, body.receive, answer)


class _Body:
    def __init__(self, receive: Receive, holding: Holding, grace_seconds: float, most_seconds: float) -> None:
        self._receive = receive
        self._holding = holding
        self._grace = grace_seconds
        self._most = most_seconds
        self._began = asyncio.get_running_loop().time()
        self._whole = False
        self.is_refused = self.is_asked_for = False

    async def receive(self) -> Message:
        self.is_asked_for = True
        if self._whole:
            return await self._receive()
        received = self._holding.held_bytes
        seconds = min(self._grace + received / BYTES_PER_SECOND, self._most)
        try:
            async with asyncio.timeout_at(self._began + seconds):
                message = await self._receive()
        except TimeoutError as error:
            self.is_refused = self._whole = True
            raise refused(SLOW_UPLOAD, received_bytes=received, seconds=f"{seconds:g}") from error
        try:
            self._holding.take(len(message.get("body", b"")))
        except StatusError:
            self.is_refused = self._whole = True
            raise
        self._whole = not message.get("more_body", False)
        return message
