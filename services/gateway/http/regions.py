"""Reads from a query which part of a picture to look at: `region=x,y,width,height` or `tap=x,y`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from lienzo.image.v1 import image_pb2
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST
from services.gateway.http.parameters import LARGEST

RegionText = Annotated[
    str,
    Query(
        max_length=64, description="the part to look at, in pixels of the upright picture: x,y,width,height"
    ),
]
TapText = Annotated[
    str, Query(max_length=32, description="a place in pixels of the upright picture, to look around it: x,y")
]


def add_region(message: Any, region: str, tap: str) -> None:
    """Adds the part to look at to the picture of a message; nothing if the query has none.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST for both at once, or for anything but whole numbers.
    """
    if region and tap:
        raise refused(INVALID_REQUEST, problem="region and tap exclude each other")
    if region:
        x, y, width, height = _numbers("region", region, "x,y,width,height")
        rectangle = image_pb2.Rectangle(x_px=x, y_px=y, width_px=width, height_px=height)
        message.image.region.rectangle.CopyFrom(rectangle)
    if tap:
        x, y = _numbers("tap", tap, "x,y")
        message.image.region.tap.CopyFrom(image_pb2.Tap(x_px=x, y_px=y))


def _numbers(name: str, text: str, form: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == form.count(",") + 1 and all(part.isascii() and part.isdigit() for part in parts):
        numbers = [int(part) for part in parts]
        if max(numbers) <= LARGEST:
            return numbers
    raise refused(INVALID_REQUEST, problem=f'{name} is "{text}"; write {form} in whole pixels')
