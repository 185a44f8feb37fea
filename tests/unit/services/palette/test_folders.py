"""Which pictures the palette service takes a collection for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from services.palette.folders import PictureContent, in_folders
from sources.allowlist import AllowList
from sources.errors import SourceError
from sources.reader import Reader
from tests.support.object_store import ObjectStore

pytestmark = pytest.mark.slow


async def listed(
    requests: list[palette_pb2.ExtractCollectionPaletteRequest], reader: Reader
) -> list[PictureContent]:
    async def others() -> AsyncIterator[palette_pb2.ExtractCollectionPaletteRequest]:
        for each in requests[1:]:
            yield each

    return [each async for each in in_folders(requests[0], others(), reader)]


async def test_folders_are_listed_and_everything_else_is_one_picture(store: ObjectStore) -> None:
    bucket = store.bucket("cabinet", {"a.jpg": b"a", "deep/b.jpg": b"b"})
    uris = [bucket, f"{bucket}/deep/", f"{bucket}/a.jpg", "https://museum.example/a/", ""]
    requests = [
        palette_pb2.ExtractCollectionPaletteRequest(request_id=str(number), image=image_pb2.Image(uri=uri))
        for number, uri in enumerate(uris)
    ]
    with Reader(AllowList.parse(bucket)) as reader:
        found = await listed(requests, reader)
    assert [(*each.name, each.image.uri) for each in found] == [
        ("0", f"{bucket}/a.jpg", f"{bucket}/a.jpg"),
        ("0", f"{bucket}/deep/b.jpg", f"{bucket}/deep/b.jpg"),
        ("1", f"{bucket}/deep/b.jpg", f"{bucket}/deep/b.jpg"),
        *((str(number), uris[number], uris[number]) for number in (2, 3, 4)),
    ]


async def test_a_folder_that_cannot_be_listed_is_told(store: ObjectStore) -> None:
    item = palette_pb2.ExtractCollectionPaletteRequest(image=image_pb2.Image(uri="s3://nowhere"))
    with Reader(AllowList.parse("s3://nowhere")) as reader:
        (found,) = await listed([item], reader)
    assert isinstance(found.error, SourceError)
