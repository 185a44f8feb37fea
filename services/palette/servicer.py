"""`lienzo.palette.v1.PaletteService`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from functools import partial
from typing import Final, TypeVar

from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2, palette_pb2_grpc
from runtime.calls.callers import Caller, Context, calling
from runtime.calls.errors import ErrorTable
from runtime.reasons.palettes import COLLECTION_TOO_LARGE, EMPTY_COLLECTION, INVALID_COLOR_COUNT
from runtime.reasons.pictures import FULLY_TRANSPARENT
from runtime.reasons.reason import refused
from runtime.work.streams import answer_items, answer_requests
from runtime.work.timings import Stopwatch
from runtime.work.workplace import Prepared, Workplace
from services.palette.convert import PaletteRequest, from_options, to_failure, to_palette, to_shares
from services.palette.folders import Named, PictureContent, in_folders
from services.pictures import PICTURE_ERRORS, asked_region, image_data, to_image_info
from sources.reader import Reader
from vision import errors
from vision.collection import Collection, PictureColors, picture_colors
from vision.palette import decode_for_palette, picture_palette
from vision.picture import PictureLimits
from vision.region import Region

ERRORS: Final[ErrorTable] = {
    **PICTURE_ERRORS,
    errors.FullyTransparent: FULLY_TRANSPARENT,
    errors.InvalidColorCount: INVALID_COLOR_COUNT,
    errors.EmptyCollection: EMPTY_COLLECTION,
}


ResultT = TypeVar("ResultT")


class PaletteServicer(palette_pb2_grpc.PaletteServiceServicer):
    """Decodes pictures, counts their colours and clusters them."""

    def __init__(
        self, workplace: Workplace, limits: PictureLimits, reader: Reader, max_collection: int
    ) -> None:
        self._workplace = workplace
        self._limits = limits
        self._reader = reader
        self._max_collection = max_collection

    async def ExtractPalette(
        self, request: palette_pb2.ExtractPaletteRequest, context: Context
    ) -> palette_pb2.ExtractPaletteResponse:
        """Extracts the palette of one picture."""
        return await self._workplace.answer(context, partial(self._prepare, request))

    async def ExtractCollectionPalette(
        self,
        request_iterator: AsyncIterable[palette_pb2.ExtractCollectionPaletteRequest],
        context: Context,
    ) -> palette_pb2.ExtractCollectionPaletteResponse:
        """Extracts one palette of many pictures."""
        requests = aiter(request_iterator)
        first = await anext(requests, None)
        if first is None:
            raise errors.EmptyCollection
        options = from_options(first.options)
        collection = Collection()
        taken: list[Named] = []
        failures: list[palette_pb2.PictureFailure] = []
        pictures = in_folders(first, requests, self._reader)
        async with aclosing(self._counted(pictures, options, context)) as counted:
            async for name, result in counted:
                if len(taken) + len(failures) == self._max_collection:
                    raise refused(COLLECTION_TOO_LARGE, limit=self._max_collection)
                if isinstance(result, PictureColors):
                    collection.add(result)
                    taken.append(name)
                else:
                    failures.append(to_failure(name, result))
        with calling(context) as caller:
            found = await self._workplace.item(
                caller, lambda: _ready(lambda: collection.palette(options.color_count, options.color_space))
            )
        return palette_pb2.ExtractCollectionPaletteResponse(
            palette=to_palette(found.palette),
            pictures=map(to_shares, taken, found.spreads),
            failures=failures,
        )

    def StreamPalettes(
        self, request_iterator: AsyncIterable[palette_pb2.StreamPalettesRequest], context: Context
    ) -> AsyncGenerator[palette_pb2.StreamPalettesResponse, None]:
        """Extracts the palettes of a stream of pictures, answered in order."""
        return answer_requests(
            request_iterator,
            self._prepare,
            palette_pb2.StreamPalettesResponse,
            context=context,
            workplace=self._workplace,
        )

    async def _prepare(
        self, request: palette_pb2.ExtractPaletteRequest, caller: Caller
    ) -> Prepared[palette_pb2.ExtractPaletteResponse]:
        options, region = from_options(request.options), asked_region(request.image)
        data = await image_data(request.image, self._reader, caller)
        return lambda: self._extract(options, data, region, caller)

    def _extract(
        self, options: PaletteRequest, data: bytes, region: Region | None, caller: Caller
    ) -> palette_pb2.ExtractPaletteResponse:
        watch = Stopwatch()
        with watch.stage("decode"):
            picture = decode_for_palette(data, self._limits, region)
        caller.check()
        with watch.stage("palette"):
            palette = picture_palette(
                picture,
                options.color_count,
                color_space=options.color_space,
                center_weighted=options.center_weighted,
            )
        return palette_pb2.ExtractPaletteResponse(
            palette=to_palette(palette), image_info=to_image_info(picture.info), timings=watch.timings
        )

    def _counted(
        self, pictures: AsyncIterable[PictureContent], options: PaletteRequest, context: Context
    ) -> AsyncGenerator[tuple[Named, PictureColors | image_pb2.ItemError], None]:
        """Yields the colours of each picture, or its error, in order."""

        async def prepare(
            picture: PictureContent, caller: Caller
        ) -> Prepared[tuple[Named, PictureColors | image_pb2.ItemError]]:
            if picture.error is not None:
                raise picture.error
            region = asked_region(picture.image)
            data = await image_data(picture.image, self._reader, caller)

            def count() -> tuple[Named, PictureColors]:
                decoded = decode_for_palette(data, self._limits, region)
                return picture.name, picture_colors(decoded, center_weighted=options.center_weighted)

            return count

        return answer_items(
            pictures,
            prepare,
            lambda picture, error: (picture.name, error),
            context=context,
            workplace=self._workplace,
            size_bytes=lambda picture: picture.image.ByteSize(),
        )


async def _ready(work: Prepared[ResultT]) -> Prepared[ResultT]:
    """Prepares work that has everything at hand."""
    return work
