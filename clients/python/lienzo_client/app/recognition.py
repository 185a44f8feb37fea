"""The app's calls to a gateway."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from lienzo_client import AsyncClient
from lienzo_client.app.photo import upright_size
from lienzo_client.errors import InvalidPicture, LienzoError, NotSupported
from lienzo_client.images import MAX_SIDE_PX, shrunk
from lienzo_client.models import Model, ModelVersion, ServerInfo
from lienzo_client.pictures import Part, Picture, Tapped
from lienzo_client.results import Classification, Identification, ImageInfo, PaletteColor, Work

COLOR_COUNT = 6
_LABELS = 3
_LEAST_PX = 32
"""A marked rectangle that is smaller is a tap, too."""

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Clockwise from the top left, as fractions of the picture's width and height; or none."""


Mark: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom of what a person marked, as fractions; without area where it is a tap."""


@dataclass(frozen=True)
class Outline:
    """A work found in the picture, and its corners."""

    work: Work
    corners: Corners


@dataclass(frozen=True)
class Answer:
    """A gateway's answer about a picture.

    Attributes:
        classification: The label.
        colors: Empty when they are not available.
        outline: The most certain work with an outline; None without one, or without a catalogue.
        is_partial: Whether works of a part of the catalogue could not be looked for.
    """

    classification: Classification
    colors: tuple[PaletteColor, ...]
    outline: Outline | None = None
    is_partial: bool = False

    @property
    def corners(self) -> Corners:
        """Returns where the picture that the answer was verified with lies; empty when it was not."""
        found = self.classification
        return _fractions(found.outline, found.image_info) if found.verified else ()

    @property
    def part(self) -> Mark | None:
        """Returns the part that was looked at; None for the whole picture."""
        info = self.classification.image_info
        if info.region is None or min(info.width_px, info.height_px) <= 0:
            return None
        x, y, width, height = info.region
        return (
            x / info.width_px,
            y / info.height_px,
            (x + width) / info.width_px,
            (y + height) / info.height_px,
        )


class Gateway:
    """A gateway with the calls that the app needs.

    Args:
        client: Client of the gateway.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._info: ServerInfo | None = None

    async def look(self, picture: bytes, model: str, mark: Mark | None = None) -> Answer:
        """Requests label, colours and works of a picture, or of a part of it, which is sent once.

        Errors that concern only colours or works are ignored.

        Raises:
            LienzoError: When the label is not available, or the picture is larger than the server takes.
        """
        picture = await self._fitting(picture)
        asked = picture if mark is None else _marked(picture, mark)
        found = await self._client.analyze_image(
            asked, model=model, top_k=_LABELS, color_count=COLOR_COUNT, works=True, max_works=1
        )
        palette = found.extracted
        colors = () if isinstance(palette, LienzoError) else palette.colors[:COLOR_COUNT]
        works = found.identified
        is_partial = isinstance(works, Identification) and works.partial
        return Answer(found.classification, colors, _outline(works), is_partial)

    async def describe(self, model: ModelVersion) -> Model:
        """Requests what is known about a model, such as the probability that it asks for."""
        return await self._client.get_model(model.name, model.version)

    async def _fitting(self, picture: bytes) -> bytes:
        """Reduces a picture to what the server looks at, before it is sent."""
        if self._info is None:
            try:
                self._info = await self._client.get_server_info()
            except NotSupported:  # an older server
                return picture
        side, limit = self._info.photo_side_px, self._info.max_picture_bytes
        if side < MAX_SIDE_PX:
            picture = await asyncio.to_thread(shrunk, picture, max_side_px=side)
        if 0 < limit < len(picture):
            sizes = {"size_bytes": str(len(picture)), "limit_bytes": str(limit)}
            raise InvalidPicture("INVALID_ARGUMENT", "PICTURE_TOO_LARGE", "The picture is too large.", sizes)
        return picture

    async def close(self) -> None:
        """Closes the connection."""
        await self._client.close()


def _marked(picture: bytes, mark: Mark) -> Picture:
    """Converts a mark to pixels of the picture that is sent."""
    width, height = upright_size(picture)
    left, right = (min(max(int(each * width), 0), width - 1) for each in (mark[0], mark[2]))
    top, bottom = (min(max(int(each * height), 0), height - 1) for each in (mark[1], mark[3]))
    if min(right - left, bottom - top) < _LEAST_PX:
        return Tapped(picture, (left + right) // 2, (top + bottom) // 2)
    return Part(picture, left, top, right - left, bottom - top)


def _outline(found: Identification | LienzoError | None) -> Outline | None:
    if not isinstance(found, Identification):
        return None
    work = next((work for work in found.works if len(work.quad) == 4), None)
    corners = () if work is None else _fractions(work.quad, found.image_info)
    return Outline(work, corners) if work is not None and corners else None


def _fractions(quad: Corners, info: ImageInfo) -> Corners:
    """Converts four corners in pixels; returns none when the server's numbers cannot be drawn."""
    width, height = info.width_px, info.height_px
    if len(quad) != 4 or min(width, height) <= 0 or not all(map(math.isfinite, chain(*quad))):
        return ()
    return tuple((x / width, y / height) for x, y in quad)
