"""Checks the limits that the contract states for fields, for gRPC, Connect and HTTP alike."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from lienzo.gateway.v1 import gateway_pb2
from runtime.calls.languages import asked_languages
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST

REQUEST_ID_CHARACTERS: Final = 128
CHUNK_BYTES: Final = 2**20


def check_fields(message: Message, path: str = "") -> None:
    """Refuses request ids that are too long, and values of enums that this version does not have.

    Nested messages are checked, too; fields of bytes are not read, since that would copy a picture.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST, which names the field.
    """
    for field in message.DESCRIPTOR.fields:
        name = path + field.name
        if field.is_repeated:
            continue
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if message.HasField(field.name):
                check_fields(getattr(message, field.name), f"{name}.")
        elif field.enum_type is not None:
            number, known = getattr(message, field.name), field.enum_type
            if number not in known.values_by_number:
                raise refused(INVALID_REQUEST, problem=f"{name}: {known.name} has no value {number}")
        elif field.name == "request_id":
            length = len(getattr(message, field.name))
            if length > REQUEST_ID_CHARACTERS:
                raise refused(
                    INVALID_REQUEST,
                    problem=f"{name}: {length} characters, at most {REQUEST_ID_CHARACTERS} are allowed",
                )


def settle_languages(request: Any) -> None:
    """Writes the caller's languages into a request that names none, for the services and for repeated calls.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST, as `asked_languages`.
    """
    request.languages[:] = asked_languages(request.languages)


async def checked_chunks(
    messages: AsyncGenerator[gateway_pb2.UploadImageRequest, None],
) -> AsyncGenerator[gateway_pb2.UploadImageRequest, None]:
    """Yields the messages of an upload; closes what they come from.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST for a chunk that is empty or too large.
    """
    async with aclosing(messages):
        async for message in messages:
            if message.WhichOneof("content") == "chunk" and not 1 <= len(message.chunk) <= CHUNK_BYTES:
                problem = f"chunk: {len(message.chunk)} bytes, allowed are 1 to {CHUNK_BYTES}"
                raise refused(INVALID_REQUEST, problem=problem)
            yield message
