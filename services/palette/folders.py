"""The pictures of a collection: sent ones, and those below named folders."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from sources.address import is_folder_address
from sources.reader import Reader

Named = tuple[str, str]
"""Id and address of a picture, kept while its bytes are not."""


@dataclass(frozen=True)
class PictureContent:
    """One picture of a collection.

    Attributes:
        name: The caller's id of it, or of the folder that it lies in; and its address, empty without one.
        image: The picture as sent by the caller, or the address of one in a folder.
        error: Why a folder cannot be listed; None for a picture.
    """

    name: Named
    image: image_pb2.Image
    error: Exception | None = None


async def in_folders(
    first: palette_pb2.ExtractCollectionPaletteRequest,
    others: AsyncIterator[palette_pb2.ExtractCollectionPaletteRequest],
    reader: Reader,
) -> AsyncGenerator[PictureContent, None]:
    """Yields the pictures that the messages name, in order; lists folders as their pictures are needed."""
    request: palette_pb2.ExtractCollectionPaletteRequest | None = first
    while request is not None:
        uri = request.image.uri
        if is_folder_address(uri):
            async with aclosing(_listed(request.request_id, request.image, reader)) as listed:
                async for each in listed:
                    yield each
        else:
            yield PictureContent((request.request_id, uri), request.image)
        request = await anext(others, None)


async def _listed(
    request_id: str, folder: image_pb2.Image, reader: Reader
) -> AsyncGenerator[PictureContent, None]:
    uri, region = folder.uri, folder.region if folder.HasField("region") else None
    try:
        async with aclosing(reader.list_pictures_async(uri)) as pictures:
            async for each in pictures:
                yield PictureContent((request_id, each), image_pb2.Image(uri=each, region=region))
    except Exception as error:  # noqa: BLE001  # a folder that fails does not end the collection
        yield PictureContent((request_id, uri), image_pb2.Image(), error)
