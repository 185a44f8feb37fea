"""Both Python clients behind one interface, so that each test runs with both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from lienzo_client import AsyncClient, Client


class Asker:
    """The synchronous or the asyncio client, asked by coroutines."""

    def __init__(self, flavour: str) -> None:
        self.flavour = flavour
        self._opened: list[Client | AsyncClient] = []

    def client(self, target: str, **arguments: Any) -> Asker:
        make = Client if self.flavour == "sync" else AsyncClient
        self._client = make(target, **arguments)
        self._opened.append(self._client)
        return self

    def use(self, client: Client | AsyncClient) -> None:
        """Asks a client that the test has made from now on."""
        self._client = client

    @property
    def client_itself(self) -> Client | AsyncClient:
        return self._client

    async def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        bound = getattr(self._client, method)
        if self.flavour == "sync":
            return await asyncio.to_thread(bound, *arguments, **options)
        return await bound(*arguments, **options)

    async def stream(self, pictures: Any, **options: Any) -> AsyncIterator[Any]:
        if isinstance(self._client, AsyncClient):
            async for item in self._client.stream_classify_images(pictures, **options):
                yield item
            return
        answers = self._client.stream_classify_images(pictures, **options)
        end = object()
        following: Callable[[], object] = partial(next, answers, end)
        while (answer := await asyncio.to_thread(following)) is not end:
            yield answer

    async def close(self) -> None:
        for client in self._opened:
            if isinstance(client, AsyncClient):
                await client.close()
            else:
                client.close()
