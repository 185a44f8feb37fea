"""JSON of Connect: what is large is read beside the event loop."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from lienzo.gateway.v1 import gateway_pb2
from runtime.status import StatusError
from services.gateway.http.codecs import LARGE_BYTES, DeferredJson, message_of

PICTURE = bytes(8 * 2**20)


def body_of(picture: bytes) -> bytes:
    return json.dumps({"image": {"data": base64.b64encode(picture).decode()}}).encode()


async def test_the_event_loop_goes_on_while_a_large_message_is_read() -> None:
    request = DeferredJson().decode(body_of(PICTURE), gateway_pb2.ClassifyImageRequest)
    reading, turns = asyncio.create_task(message_of(request)), 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    assert (await reading).image.data == PICTURE


async def test_a_small_message_is_read_at_once() -> None:
    request = DeferredJson().decode(body_of(b"small"), gateway_pb2.ClassifyImageRequest)
    assert await message_of(request) is request
    assert request.image.data == b"small"


async def test_a_large_message_that_is_none_is_refused() -> None:
    request = DeferredJson().decode(b"[" * (LARGE_BYTES + 1), gateway_pb2.ClassifyImageRequest)
    with pytest.raises(StatusError, match="nested too deeply") as caught:
        await message_of(request)
    assert caught.value.reason == "MALFORMED_REQUEST"
