"""The app's calls to a gateway."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain

from lienzo_client import AsyncClient
from lienzo_client.errors import LienzoError, NotFound, NotSupported
from lienzo_client.results import Classification, PaletteColor, Work

COLOR_COUNT = 6
_LABELS = 3


@dataclass(frozen=True)
class Answer:
    """A gateway's answer about a picture; `colors` is empty when they are not available."""

    classification: Classification
    colors: tuple[PaletteColor, ...]


@dataclass(frozen=True)
class Outline:
    """A work found in the picture, and its corners, clockwise, as fractions of width and height."""

    work: Work
    corners: tuple[tuple[float, float], ...]


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
        width, height = found.image_info.width_px, found.image_info.height_px
        work = next((work for work in found.works if len(work.quad) == 4), None)
        if work is None or min(width, height) <= 0 or not all(map(math.isfinite, chain(*work.quad))):
            return None
        return Outline(work, tuple((x / width, y / height) for x, y in work.quad))

    async def close(self) -> None:
        """Closes the connection."""
        await self._client.close()


def _is_about_colors(error: LienzoError) -> bool:
    return error.reason == "FULLY_TRANSPARENT" or error.metadata.get("service") == "palette"
