"""What the app asks a gateway about a picture."""

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
    """What a gateway says about a picture; no colours where they are not to be had."""

    classification: Classification
    colors: tuple[PaletteColor, ...]


@dataclass(frozen=True)
class Outline:
    """A work that was found in the picture, and its corners as shares of width and height, clockwise."""

    work: Work
    corners: tuple[tuple[float, float], ...]


class Gateway:
    """One gateway, asked as the app asks it.

    Args:
        client: Leads there.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._knows_works = True

    async def look(self, picture: bytes, model: str) -> Answer:
        """Label and colours of a picture. Trouble with the colours alone does not cost the label.

        Raises:
            LienzoError: When there is no label to be had.
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
        """The most certain work whose outline a catalogue knows.

        None where there is none. A gateway without a catalogue is sent no second picture for it.
        """
        if not self._knows_works:
            return None
        try:
            found = await self._client.identify_work(picture, max_works=1)
        except (NotFound, NotSupported):
            self._knows_works = False
            return None
        except LienzoError:  # the label is what was asked for
            return None
        width, height = found.image_info.width_px, found.image_info.height_px
        work = next((work for work in found.works if len(work.quad) == 4), None)
        if work is None or min(width, height) <= 0 or not all(map(math.isfinite, chain(*work.quad))):
            return None
        return Outline(work, tuple((x / width, y / height) for x, y in work.quad))

    async def close(self) -> None:
        """Drops the connection."""
        await self._client.close()


def _is_about_colors(error: LienzoError) -> bool:
    return error.reason == "FULLY_TRANSPARENT" or error.metadata.get("service") == "palette"
