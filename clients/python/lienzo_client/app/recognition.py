"""The app's calls to a gateway."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from lienzo_client import AsyncClient
from lienzo_client.errors import LienzoError, NotFound, NotSupported
from lienzo_client.results import Classification, ImageInfo, PaletteColor, Work

COLOR_COUNT = 6
_LABELS = 3

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Clockwise from the top left, as fractions of the picture's width and height; or none."""


@dataclass(frozen=True)
class Answer:
    """A gateway's answer about a picture; `colors` is empty when they are not available."""

    classification: Classification
    colors: tuple[PaletteColor, ...]

    @property
    def corners(self) -> Corners:
        """Returns where the picture that the answer was verified with lies; empty when it was not."""
        found = self.classification
        return _fractions(found.outline, found.image_info) if found.verified else ()


@dataclass(frozen=True)
class Outline:
    """A work found in the picture, and its corners."""

    work: Work
    corners: Corners


class Gateway:
    """A gateway with the calls that the app needs.

    Args:
        client: Client of the gateway.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._knows_works = True

    async def look(self, picture: bytes, model: str) -> Answer:
        """Requests label and colours of a picture; an error that concerns only the colours is ignored.

        Raises:
            LienzoError: When the label is not available.
        """
        try:
            found = await self._client.analyze_image(
                picture, model=model, top_k=_LABELS, color_count=COLOR_COUNT
            )
        except LienzoError as error:
            if not _is_about_colors(error):
                raise
            return Answer(await self._client.classify_image(picture, model=model, top_k=_LABELS), ())
        return Answer(found.classification, found.palette.colors[:COLOR_COUNT])

    async def find_work(self, picture: bytes) -> Outline | None:
        """Returns the most certain work with an outline, or None.

        A gateway that turned out to have no catalogue is not asked again.
        """
        if not self._knows_works:
            return None
        try:
            found = await self._client.identify_work(picture, max_works=1)
        except (NotFound, NotSupported):
            self._knows_works = False
            return None
        except LienzoError:  # the outline is optional
            return None
        work = next((work for work in found.works if len(work.quad) == 4), None)
        corners = () if work is None else _fractions(work.quad, found.image_info)
        return Outline(work, corners) if work is not None and corners else None

    async def close(self) -> None:
        """Closes the connection."""
        await self._client.close()


def _fractions(quad: Corners, info: ImageInfo) -> Corners:
    """Converts four corners in pixels; returns none when the server's numbers cannot be drawn."""
    width, height = info.width_px, info.height_px
    if len(quad) != 4 or min(width, height) <= 0 or not all(map(math.isfinite, chain(*quad))):
        return ()
    return tuple((x / width, y / height) for x, y in quad)


def _is_about_colors(error: LienzoError) -> bool:
    return error.reason == "FULLY_TRANSPARENT" or error.metadata.get("service") == "palette"
