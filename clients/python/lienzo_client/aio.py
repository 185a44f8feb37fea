"""The client for asyncio: the same methods, arguments and errors as in `client.py`, awaited."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Self

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import convert, descriptions
from lienzo_client.aio_stream import AsyncStream
from lienzo_client.backoff import DEFAULT_RECONNECT_S
from lienzo_client.channel import (
    DEFAULT_ATTEMPTS,
    DEFAULT_KEEPALIVE_S,
    DEFAULT_TARGET,
    DEFAULT_TIMEOUT_S,
    Connection,
)
from lienzo_client.errors import LienzoError
from lienzo_client.flight import DEFAULT_IN_FLIGHT, Flight, Request
from lienzo_client.line import ConnectionState, Watcher
from lienzo_client.lines import open_async_line
from lienzo_client.metadata import AsyncToken, to_accepted, to_pairs
from lienzo_client.models import Model, ServerInfo
from lienzo_client.pictures import Picture
from lienzo_client.results import Analysis, Classification, Identification, StreamItem
from lienzo_client.transfers import AsyncTransferCalls

_Item = tuple[str, Picture]


class AsyncClient(AsyncTransferCalls):
    """Client of a gateway for asyncio; arguments as for `Client`. Files are read in threads.

    Raises:
        ValueError: When the arguments contradict each other.
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        api_key: AsyncToken = "",
        root_certificates: bytes | None = None,
        insecure: bool = False,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        attempts: int = DEFAULT_ATTEMPTS,
        keepalive_s: float = DEFAULT_KEEPALIVE_S,
        client_certificate: bytes | None = None,
        client_key: bytes | None = None,
    ) -> None:
        self._connection = Connection(
            target,
            api_key,
            root_certificates,
            insecure,
            timeout_s,
            attempts,
            keepalive_s,
            client_certificate,
            client_key,
        )
        self._line = open_async_line(self._connection)

    def with_metadata(self, metadata: Mapping[str, str | bytes]) -> Self:
        """Returns a client whose calls carry metadata too; see `Client.with_metadata`."""
        client = copy.copy(self)
        client._metadata = self._metadata + to_pairs(metadata)
        return client

    def with_languages(self, *languages: str) -> Self:
        """Returns a client that is answered in these languages; see `Client.with_languages`."""
        return self.with_metadata(to_accepted(languages))

    async def classify_image(
        self,
        picture: Picture,
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        request_id: str = "",
        timeout_s: float | None = None,
    ) -> Classification:
        """Classifies one picture; see `Client.classify_image`."""
        request = await asyncio.to_thread(
            convert.to_classify_request, picture, model, version, top_k, request_id
        )
        return convert.from_classify_response(await self._ask("ClassifyImage", request, timeout_s))

    def stream_classify_images(
        self,
        pictures: AsyncIterable[_Item] | Iterable[_Item],
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        in_flight: int = DEFAULT_IN_FLIGHT,
        timeout_s: float | None = None,
        reconnect_s: float = DEFAULT_RECONNECT_S,
    ) -> AsyncIterator[StreamItem]:
        """Classifies many pictures over one stream; see `Client.stream_classify_images`."""
        flight = Flight(in_flight, self._connection.deadline_s(timeout_s), reconnect_s)

        async def requests() -> AsyncIterator[tuple[str, Request | LienzoError]]:
            async for item in _each(pictures):
                yield await asyncio.to_thread(convert.to_stream_request, item, model, version, top_k)

        return AsyncStream(
            partial(self._line.open_stream, self._metadata), requests(), flight, self._connection.target
        ).answers()

    async def analyze_image(
        self,
        picture: Picture,
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        color_count: int = 0,
        works: bool = False,
        catalogue: str = "",
        max_works: int = 0,
        timeout_s: float | None = None,
    ) -> Analysis:
        """Classifies a picture, extracts its palette and identifies works; see `Client.analyze_image`."""
        works = works or bool(catalogue)
        wanted = (catalogue, max_works) if works else None
        request = await asyncio.to_thread(
            convert.to_analyze_request, picture, model, version, top_k, color_count, wanted
        )
        response = await self._ask("AnalyzeImage", request, timeout_s)
        return convert.from_analyze_response(response, asked_for_works=works)

    async def get_server_info(self, *, timeout_s: float | None = None) -> ServerInfo:
        """Tells what the server takes, has, and has switched on.

        Raises:
            NotSupported: By a server that is older than this call.
        """
        request = gateway_pb2.GetServerInfoRequest()
        return descriptions.from_server_info_response(await self._ask("GetServerInfo", request, timeout_s))

    async def list_models(
        self, *, all_versions: bool = False, timeout_s: float | None = None
    ) -> tuple[Model, ...]:
        """Lists the newest version of every model, or every version, by name; asks for page after page."""
        found: list[Model] = []
        request = gateway_pb2.ListModelsRequest(all_versions=all_versions)
        while True:
            page = await self._ask("ListModels", request, timeout_s)
            found += descriptions.from_list_models_response(page)
            if not page.next_page_token:
                return tuple(found)
            request.page_token = page.next_page_token

    async def get_model(self, name: str, version: int = 0, *, timeout_s: float | None = None) -> Model:
        """Describes one version of a model; see `Client.get_model`."""
        request = convert.to_get_model_request(name, version)
        return descriptions.from_get_model_response(await self._ask("GetModel", request, timeout_s))

    async def identify_work(
        self, picture: Picture, *, catalogue: str = "", max_works: int = 0, timeout_s: float | None = None
    ) -> Identification:
        """Identifies the works of a catalogue in a picture; see `Client.identify_work`."""
        request = await asyncio.to_thread(convert.to_identify_request, picture, catalogue, max_works)
        return convert.from_identify_response(await self._ask("IdentifyWork", request, timeout_s))

    @property
    def state(self) -> ConnectionState:
        """Current state of the connection; see `Client.state`."""
        return self._line.state

    def subscribe(self, watcher: Watcher, *, connect: bool = False) -> Callable[[], None]:
        """Calls `watcher` with the connection's state, in the event loop; see `Client.subscribe`."""
        return self._line.subscribe(watcher, connect=connect)

    async def reconnect(self) -> None:
        """Sends later calls over a new connection; see `Client.reconnect`."""
        await self._line.replace()

    async def close(self) -> None:
        """Closes the connection; calls in progress end with `Cancelled`."""
        await self._line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _each(pictures: AsyncIterable[_Item] | Iterable[_Item]) -> AsyncIterator[_Item]:
    if isinstance(pictures, AsyncIterable):
        async for item in pictures:
            yield item
    else:
        for item in pictures:
            yield item
