"""Receives the messages of an upload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from lienzo.gateway.v1 import gateway_pb2
from runtime.calls.authentication import current_holder
from runtime.reasons.reason import refused
from runtime.reasons.requests import SLOW_UPLOAD
from runtime.reasons.uploads import MISSING_UPLOAD_HEAD
from services.gateway.convert import to_upload_response
from services.gateway.uploads import Uploads

Messages = AsyncIterator[gateway_pb2.UploadImageRequest]


async def head_of(messages: Messages) -> gateway_pb2.UploadHead:
    """Reads the first message, which describes the upload.

    Raises:
        StatusError: INVALID_ARGUMENT, MISSING_UPLOAD_HEAD.
    """
    first = await anext(messages, None)
    if first is None or first.WhichOneof("content") != "head":
        raise refused(MISSING_UPLOAD_HEAD)
    return first.head


async def receive(
    uploads: Uploads, head: gateway_pb2.UploadHead, chunks: Messages
) -> gateway_pb2.UploadImageResponse:
    """Receives the chunks of an upload; those that have arrived are kept when the connection breaks.

    Raises:
        StatusError: As `services.gateway.uploads`.
    """
    holder = current_holder()
    with uploads.open(holder, head.upload_id, head.total_bytes, head.sha256, head.offset_bytes) as writer:
        async for message in chunks:
            writer.append(message.chunk)
        return to_upload_response(writer.finish())


async def without_pauses(
    messages: AsyncGenerator[gateway_pb2.UploadImageRequest, None], longest_seconds: float
) -> AsyncGenerator[gateway_pb2.UploadImageRequest, None]:
    """Yields the messages until a pause is too long, since memory is reserved for the bytes to come.

    Raises:
        StatusError: DEADLINE_EXCEEDED, SLOW_UPLOAD.
    """
    received = 0
    while True:
        try:
            async with asyncio.timeout(longest_seconds):
                message = await anext(messages)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            seconds = f"{longest_seconds:g}"
            sentence = "Nothing of the picture came for {seconds} s. Go on where the upload stopped."
            raise refused(SLOW_UPLOAD, sentence, received_bytes=received, seconds=seconds) from error
        received += len(message.chunk)
        yield message
