"""One palette of many pictures: the gateway reads them, the palette service counts their colours."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, palette_pb2
from lienzo.palette.v1 import palette_pb2 as service_pb2
from runtime.calls.errors import to_status_error
from runtime.calls.item_errors import to_item_error
from runtime.work.budget import Budget
from runtime.work.streams import in_order
from services.addresses import ADDRESS_ERRORS
from services.gateway.backends import Backends
from services.gateway.convert import to_collection_response
from services.gateway.deadline import Deadline
from services.gateway.fields import check_fields
from services.gateway.pictures import Pictures
from services.gateway.relay import Ending, relayed
from sources.address import is_folder_address

Requests = AsyncIterable[gateway_pb2.ExtractCollectionPaletteRequest]


@dataclass(frozen=True)
class PictureSource:
    """One picture of a collection.

    Attributes:
        request_id: The caller's id of it, or of the folder that it lies in.
        image: Source of its bytes; None for a folder that cannot be listed.
        uri: Its address; empty where it has none.
        error: Why it cannot be read; None if it can.
    """

    request_id: str
    image: image_pb2.Image | None
    uri: str
    error: image_pb2.ItemError | None = None


@dataclass
class Collected:
    """The pictures so far, by their number, with those that could not be read.

    Attributes:
        options: Of the caller's first message.
        pictures: All pictures, in the order of the stream.
    """

    options: palette_pb2.PaletteOptions = field(default_factory=palette_pb2.PaletteOptions)
    pictures: list[PictureSource] = field(default_factory=list)


async def collection_palette(
    requests: Requests,
    pictures: Pictures,
    backends: Backends,
    window: int,
    budget: Budget,
    deadline: Deadline,
) -> gateway_pb2.ExtractCollectionPaletteResponse:
    """Extracts one palette of all pictures of a stream; at most `window` are in memory at a time.

    Raises:
        StatusError: The palette service's error; EMPTY_COLLECTION when no picture could be read; the refusal
            of a message of the caller's stream.
    """
    start, collected = time.perf_counter(), Collected()
    async with relayed(_with_bytes(requests, pictures, collected, window, budget, deadline)) as sent:
        answer = await backends.call("palette", partial(_asked, backends), sent, deadline)
    response = to_collection_response(
        answer, [(each.request_id, each.uri, each.error) for each in collected.pictures]
    )
    response.timings.add(stage="total", duration_ms=(time.perf_counter() - start) * 1e3)
    return response


async def _asked(
    backends: Backends, requests: AsyncIterator[Any], /, **options: Any
) -> service_pb2.ExtractCollectionPaletteResponse:
    call = backends.palette.ExtractCollectionPalette(requests, **options)
    ending = Ending(call)
    try:
        answer: service_pb2.ExtractCollectionPaletteResponse = await call
    except grpc.aio.AioRpcError as error:
        raise await ending.error(error) from error
    return answer


async def _with_bytes(
    requests: Requests,
    pictures: Pictures,
    collected: Collected,
    window: int,
    budget: Budget,
    deadline: Deadline,
) -> AsyncGenerator[service_pb2.ExtractCollectionPaletteRequest]:
    """Yields the pictures with their bytes, numbered; records those that cannot be read as failures."""

    async def find(source: PictureSource) -> tuple[PictureSource, image_pb2.Image | None]:
        if source.image is None:
            return source, None
        try:
            image = await pictures.find(source.image, deadline)
        except Exception as error:  # noqa: BLE001  # whatever fails, fails for this picture only
            return PictureSource(source.request_id, None, source.uri, _item_error(error)), None
        holding.count(len(image.data))
        return source, image

    first = True
    with budget.holding() as holding:
        async with aclosing(in_order(_expanded(requests, pictures, collected), find, window)) as found:
            async for source, image in found:
                # Only the name of a picture is kept, not its bytes.
                collected.pictures.append(PictureSource(source.request_id, None, source.uri, source.error))
                if image is not None:
                    number = str(len(collected.pictures) - 1)
                    options = collected.options if first else None
                    first = False
                    yield service_pb2.ExtractCollectionPaletteRequest(
                        request_id=number, image=image, options=options
                    )
                    holding.count(-len(image.data))


async def _expanded(
    requests: Requests, pictures: Pictures, collected: Collected
) -> AsyncGenerator[PictureSource, None]:
    """Yields the pictures that the messages name; folders are listed as their pictures are needed."""
    first = True
    async for request in requests:
        check_fields(request)
        if first:
            collected.options, first = request.options, False
        uri = request.image.uri
        if not is_folder_address(uri):
            yield PictureSource(request.request_id, request.image, uri)
            continue
        try:
            async with aclosing(pictures.reader.list_pictures_async(uri)) as listed:
                async for each in listed:
                    image = image_pb2.Image(uri=each, region=_region(request.image))
                    yield PictureSource(request.request_id, image, each)
        except Exception as error:  # noqa: BLE001  # a folder that fails does not end the collection
            yield PictureSource(request.request_id, None, uri, _item_error(error))


def _region(image: image_pb2.Image) -> image_pb2.Region | None:
    return image.region if image.HasField("region") else None


def _item_error(error: Exception) -> image_pb2.ItemError:
    return to_item_error(to_status_error(error, ADDRESS_ERRORS))
