"""The pictures of a collection: sent ones, and those below named folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from sources.address import is_folder_address
from sources.errors import SourceError
from sources.reader import Reader


@dataclass(frozen=True)
class PictureContent:
    """One picture of a collection.

    Attributes:
        request_id: The caller's id of it, or of the folder that it lies in.
        uri: Its address; empty where it has none.
        content: The picture as sent by the caller, the bytes read from the folder, or the error of reading.
    """

    request_id: str
    uri: str
    content: image_pb2.Image | bytes | SourceError


def in_folders(
    requests: Iterable[palette_pb2.ExtractCollectionPaletteRequest], reader: Reader
) -> Iterator[PictureContent]:
    """Yields the pictures that the messages name, in order; reads those of folders ahead, a few at a time."""
    for request in requests:
        uri = request.image.uri
        if not is_folder_address(uri):
            yield PictureContent(request.request_id, uri, request.image)
            continue
        try:
            for each, found in reader.read_each(reader.list_pictures(uri)):
                yield PictureContent(request.request_id, each, found)
        except SourceError as error:  # a folder that fails does not end the collection
            yield PictureContent(request.request_id, uri, error)
