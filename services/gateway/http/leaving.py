"""Cancels the work for a request when its caller disconnects."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class UntilDisconnected:
    """Runs an ASGI application, and cancels it when its caller has disconnected.

    That is noticed while the application reads, and after the end of the body; not while flow control holds
    the sender back.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        left, whole = asyncio.Event(), asyncio.Event()

        async def receive_some() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                left.set()
            elif not message.get("more_body", False):
                whole.set()
            return message

        async def leave() -> None:
            await whole.wait()
            while (await receive())["type"] != "http.disconnect":
                pass

        work = asyncio.ensure_future(self._app(scope, receive_some, send))
        leaving = {asyncio.create_task(leave()), asyncio.create_task(_until(left))}
        try:
            await asyncio.wait({work, *leaving}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for each in (work, *leaving):
                each.cancel()
            await asyncio.wait({work})


async def _until(event: asyncio.Event) -> None:
    await event.wait()
