"""One palette over many pictures: they are found here, and counted by the palette service, side by side."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, palette_pb2
from lienzo.palette.v1 import palette_pb2 as service_pb2
from runtime.errors import to_status_error
from runtime.item_errors import to_item_error
from services.addresses import ADDRESS_ERRORS
from services.gateway.backends import Backends
from services.gateway.convert import to_collection_response
from services.gateway.deadline import Deadline
from services.gateway.pictures import Pictures
from services.gateway.streaming import answer_in_order
from sources.address import is_folder_address

Requests = AsyncIterable[gateway_pb2.ExtractCollectionPaletteRequest]


@dataclass(frozen=True)
class Asked:
    """One picture of a collection.

    Attributes:
        request_id: The caller's id of it, or of the folder that it lies in.
        image: Where its bytes come from; None for a folder that cannot be listed.
        uri: Its address; empty where it has none.
        error: Why it cannot be had; None for one that can.
    """

    request_id: str
    image: image_pb2.Image | None
    uri: str
    error: image_pb2.ItemError | None = None


@dataclass
class Collected:
    """What became of the pictures before the palette service saw them, by their number.

    Attributes:
        options: Of the caller's first message.
        asked: All pictures, in the order they came.
    """

    options: palette_pb2.PaletteOptions = field(default_factory=palette_pb2.PaletteOptions)
    asked: list[Asked] = field(default_factory=list)


async def collection_palette(
    requests: Requests, pictures: Pictures, backends: Backends, window: int, deadline: Deadline
) -> gateway_pb2.ExtractCollectionPaletteResponse:
    """Answers the whole stream; at most `window` pictures are in memory at a time.

    Raises:
        StatusError: What the palette service answers; EMPTY_COLLECTION when no picture could be read.
    """
    start, collected = time.perf_counter(), Collected()
    answer = await backends.call(
        "palette",
        backends.palette.ExtractCollectionPalette,
        _found(requests, pictures, collected, window, deadline),
        deadline,
    )
    response = to_collection_response(
        answer, [(each.request_id, each.uri, each.error) for each in collected.asked]
    )
    response.timings.add(stage="total", duration_ms=(time.perf_counter() - start) * 1e3)
    return response


async def _found(
    requests: Requests, pictures: Pictures, collected: Collected, window: int, deadline: Deadline
) -> AsyncIterator[service_pb2.ExtractCollectionPaletteRequest]:
    """The pictures with their bytes, numbered; what cannot be had is kept as a failure."""

    async def find(asked: Asked) -> tuple[Asked, image_pb2.Image | None]:
        if asked.image is None:
            return asked, None
        try:
            return asked, await pictures.find(asked.image, deadline)
        except Exception as error:  # noqa: BLE001  # whatever fails, fails for this picture only
            return Asked(asked.request_id, None, asked.uri, _told(error)), None

    first = True
    found = answer_in_order(_expanded(requests, pictures, collected), find, window)
    async with aclosing(found):
        async for asked, image in found:
            # Their bytes are not kept: what is remembered of a picture is its name.
            collected.asked.append(Asked(asked.request_id, None, asked.uri, asked.error))
            if image is not None:
                number = str(len(collected.asked) - 1)
                options = collected.options if first else None
                first = False
                yield service_pb2.ExtractCollectionPaletteRequest(
                    request_id=number, image=image, options=options
                )


async def _expanded(requests: Requests, pictures: Pictures, collected: Collected) -> AsyncIterator[Asked]:
    """The pictures that the messages stand for; a folder is listed as its pictures are needed."""
    first = True
    async for request in requests:
        if first:
            collected.options, first = request.options, False
        uri = request.image.uri
        if not is_folder_address(uri):
            yield Asked(request.request_id, request.image, uri)
            continue
        try:
            async for each in pictures.reader.list_pictures_async(uri):
                yield Asked(request.request_id, image_pb2.Image(uri=each), each)
        except Exception as error:  # noqa: BLE001  # a folder that fails does not end the collection
            yield Asked(request.request_id, None, uri, _told(error))


def _told(error: Exception) -> image_pb2.ItemError:
    return to_item_error(to_status_error(error, ADDRESS_ERRORS))
