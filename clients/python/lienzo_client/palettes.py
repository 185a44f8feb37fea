"""The palette calls of both clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import convert
from lienzo_client.lines import AnyAsyncLine, AnyLine
from lienzo_client.metadata import Pairs
from lienzo_client.pictures import Picture
from lienzo_client.results import CollectionPalette, Palette, PictureFailure

DEFAULT_COLLECTION_S = 3600.0

_Request = gateway_pb2.ExtractCollectionPaletteRequest


class PaletteCalls:
    """Palette calls for threads."""

    _line: AnyLine
    _metadata: Pairs = ()

    def _ask(self, method: str, request: object, timeout_s: float | None) -> Any:
        return self._line.ask(method, request, timeout_s, self._metadata)

    def extract_palette(
        self,
        picture: Picture,
        *,
        color_count: int = 0,
        color_space: str = "oklab",
        center_weighted: bool = False,
        timeout_s: float | None = None,
    ) -> Palette:
        """Extracts the palette of one picture.

        Args:
            picture: The picture file's bytes, its path, or a `Uri`.
            color_count: Number of colours, 1 to 256; 0 lets the server choose.
            color_space: Space in which colours are averaged and compared: `oklab`, `lab` or `rgb`.
            center_weighted: Whether pixels near the middle weigh more.
            timeout_s: Deadline in seconds; None means the client's.

        Raises:
            ValueError: For another colour space.
            InvalidPicture: When the picture cannot be used.
            LienzoError: Any other failure, by its own class.
        """
        options = convert.to_palette_options(color_count, color_space, center_weighted)
        request = convert.to_palette_request(picture, options)
        return convert.from_palette_response(self._ask("ExtractPalette", request, timeout_s))

    def extract_collection_palette(
        self,
        pictures: Iterable[tuple[str, Picture]],
        *,
        color_count: int = 0,
        color_space: str = "oklab",
        center_weighted: bool = False,
        timeout_s: float = DEFAULT_COLLECTION_S,
    ) -> CollectionPalette:
        """Extracts one palette over many pictures, which all weigh the same, and each picture's shares of it.

        The iterable is read in another thread, only as fast as the server accepts, so that thousands of
        pictures need no more memory than a handful. A picture that cannot be read is among the failures.

        Args:
            pictures: Pairs of your own id and the picture; a `Uri` that ends with a slash, or is a bucket
                alone, stands for all pictures below it, which the server lists and reads itself.
            color_count: As for `extract_palette`.
            color_space: As for `extract_palette`.
            center_weighted: As for `extract_palette`.
            timeout_s: Deadline of the whole call in seconds.

        Raises:
            ValueError: For another colour space.
            InvalidRequest: EMPTY_COLLECTION when no picture could be read.
            LienzoError: Any other failure, by its own class.
        """
        options = convert.to_palette_options(color_count, color_space, center_weighted)
        failures: list[PictureFailure] = []

        def requests() -> Iterator[_Request]:
            for name, picture in pictures:
                made = convert.to_collection_request(name, picture, options)
                if isinstance(made, PictureFailure):
                    failures.append(made)
                else:
                    yield made

        answer = self._ask("ExtractCollectionPalette", requests(), timeout_s)
        return convert.from_collection_response(answer, failures)


class AsyncPaletteCalls:
    """Palette calls for asyncio. Files are read in threads."""

    _line: AnyAsyncLine
    _metadata: Pairs = ()

    async def _ask(self, method: str, request: object, timeout_s: float | None) -> Any:
        return await self._line.ask(method, request, timeout_s, self._metadata)

    async def extract_palette(
        self,
        picture: Picture,
        *,
        color_count: int = 0,
        color_space: str = "oklab",
        center_weighted: bool = False,
        timeout_s: float | None = None,
    ) -> Palette:
        """Extracts the palette of one picture; see `Client.extract_palette`."""
        options = convert.to_palette_options(color_count, color_space, center_weighted)
        request = await asyncio.to_thread(convert.to_palette_request, picture, options)
        return convert.from_palette_response(await self._ask("ExtractPalette", request, timeout_s))

    async def extract_collection_palette(
        self,
        pictures: Iterable[tuple[str, Picture]] | AsyncIterable[tuple[str, Picture]],
        *,
        color_count: int = 0,
        color_space: str = "oklab",
        center_weighted: bool = False,
        timeout_s: float = DEFAULT_COLLECTION_S,
    ) -> CollectionPalette:
        """Extracts one palette over many pictures; see `Client.extract_collection_palette`."""
        options = convert.to_palette_options(color_count, color_space, center_weighted)
        failures: list[PictureFailure] = []

        async def requests() -> AsyncIterator[_Request]:
            async for name, picture in _each(pictures):
                made = await asyncio.to_thread(convert.to_collection_request, name, picture, options)
                if isinstance(made, PictureFailure):
                    failures.append(made)
                else:
                    yield made

        answer = await self._ask("ExtractCollectionPalette", requests(), timeout_s)
        return convert.from_collection_response(answer, failures)


async def _each(
    pictures: Iterable[tuple[str, Picture]] | AsyncIterable[tuple[str, Picture]],
) -> AsyncIterator[tuple[str, Picture]]:
    if isinstance(pictures, AsyncIterable):
        async for each in pictures:
            yield each
    else:
        for each in pictures:
            yield each
