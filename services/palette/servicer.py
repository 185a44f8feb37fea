"""`lienzo.palette.v1.PaletteService`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import grpc

from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2, palette_pb2_grpc
from runtime.callers import check_active
from runtime.errors import ErrorTable
from runtime.reasons.palettes import COLLECTION_TOO_LARGE, EMPTY_COLLECTION, INVALID_COLOR_COUNT
from runtime.reasons.pictures import FULLY_TRANSPARENT
from runtime.reasons.reason import refused
from runtime.streams import answer_items
from runtime.timings import Stopwatch
from runtime.workplace import Workplace
from services.palette.convert import PaletteRequest, from_options, to_failure, to_palette, to_shares
from services.palette.folders import PictureContent, in_folders
from services.pictures import PICTURE_ERRORS, image_data, to_image_info
from sources.errors import SourceError
from sources.reader import Reader
from vision import errors
from vision.collection import Collection, PictureColors, picture_colors
from vision.palette import decode_for_palette, picture_palette
from vision.picture import PictureLimits

ERRORS: Final[ErrorTable] = {
    **PICTURE_ERRORS,
    errors.FullyTransparent: FULLY_TRANSPARENT,
    errors.InvalidColorCount: INVALID_COLOR_COUNT,
    errors.EmptyCollection: EMPTY_COLLECTION,
}


Named = tuple[str, str]
"""Id and address of a picture, kept while its bytes are not."""


class PaletteServicer(palette_pb2_grpc.PaletteServiceServicer):
    """Decodes pictures, counts their colours and clusters them."""

    def __init__(
        self, workplace: Workplace, limits: PictureLimits, reader: Reader, max_collection: int
    ) -> None:
        self._workplace = workplace
        self._limits = limits
        self._reader = reader
        self._max_collection = max_collection

    def ExtractPalette(
        self, request: palette_pb2.ExtractPaletteRequest, context: grpc.ServicerContext
    ) -> palette_pb2.ExtractPaletteResponse:
        """Extracts the palette of one picture."""
        return self._workplace.answer(context, lambda: self._extract(request, context))

    def ExtractCollectionPalette(
        self,
        request_iterator: Iterable[palette_pb2.ExtractCollectionPaletteRequest],
        context: grpc.ServicerContext,
    ) -> palette_pb2.ExtractCollectionPaletteResponse:
        """Extracts one palette of many pictures."""
        requests = iter(request_iterator)
        first = next(requests, None)
        if first is None:
            raise errors.EmptyCollection
        options = from_options(first.options)
        collection, taken, failures = Collection(), [], []
        pictures = in_folders(chain([first], requests), self._reader)
        for number, (name, result) in enumerate(self._counted(pictures, options, context)):
            if number == self._max_collection:
                raise refused(COLLECTION_TOO_LARGE, limit=number)
            if isinstance(result, PictureColors):
                collection.add(result)
                taken.append(name)
            else:
                failures.append(to_failure(name, result))
        found = self._workplace.run(
            context, lambda: collection.palette(options.color_count, options.color_space)
        )
        return palette_pb2.ExtractCollectionPaletteResponse(
            palette=to_palette(found.palette),
            pictures=map(to_shares, taken, found.spreads),
            failures=failures,
        )

    def StreamPalettes(
        self, request_iterator: Iterable[palette_pb2.StreamPalettesRequest], context: grpc.ServicerContext
    ) -> Iterator[palette_pb2.StreamPalettesResponse]:
        """Extracts the palettes of a stream of pictures, answered in order."""

        def answer(item: palette_pb2.StreamPalettesRequest) -> palette_pb2.StreamPalettesResponse:
            response = self._extract(item.request, context)
            return palette_pb2.StreamPalettesResponse(request_id=item.request_id, response=response)

        return answer_items(request_iterator, answer, _to_error, context=context, workplace=self._workplace)

    def _extract(
        self, request: palette_pb2.ExtractPaletteRequest, context: grpc.ServicerContext
    ) -> palette_pb2.ExtractPaletteResponse:
        options = from_options(request.options)
        data, watch = image_data(request.image, self._reader, context), Stopwatch()
        with watch.stage("decode"):
            picture = decode_for_palette(data, self._limits)
        check_active(context)
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
        self,
        pictures: Iterable[PictureContent],
        options: PaletteRequest,
        context: grpc.ServicerContext,
    ) -> Iterator[tuple[Named, PictureColors | image_pb2.ItemError]]:
        """Yields the colours of each picture, or its error, in order."""

        def named(picture: PictureContent) -> Named:
            return picture.request_id, picture.uri

        def count(picture: PictureContent) -> tuple[Named, PictureColors | image_pb2.ItemError]:
            decoded = decode_for_palette(self._data(picture.content, context), self._limits)
            return named(picture), picture_colors(decoded, center_weighted=options.center_weighted)

        return answer_items(
            pictures,
            count,
            lambda picture, error: (named(picture), error),
            context=context,
            workplace=self._workplace,
        )

    def _data(self, content: image_pb2.Image | bytes | SourceError, context: grpc.ServicerContext) -> bytes:
        if isinstance(content, SourceError):
            raise content
        return content if isinstance(content, bytes) else image_data(content, self._reader, context)


def _to_error(
    item: palette_pb2.StreamPalettesRequest, error: image_pb2.ItemError
) -> palette_pb2.StreamPalettesResponse:
    return palette_pb2.StreamPalettesResponse(request_id=item.request_id, error=error)
