"""What the app asks a gateway about a picture."""

from __future__ import annotations

from dataclasses import dataclass

from lienzo_client import AsyncClient
from lienzo_client.errors import LienzoError
from lienzo_client.results import Classification, PaletteColor, Work

COLOR_COUNT = 6
_LABELS = 3


@dataclass(frozen=True)
class Answer:
    """What a gateway says about a picture; no colours where they are not to be had."""

    classification: Classification
    colors: tuple[PaletteColor, ...]


async def look(client: AsyncClient, picture: bytes, model: str) -> Answer:
    """Label and colours of a picture. Trouble with the colours alone does not cost the label.

    Raises:
        LienzoError: When there is no label to be had.
    """
    try:
        found = await client.analyze_image(picture, model=model, top_k=_LABELS, color_count=COLOR_COUNT)
    except LienzoError as error:
        if not _is_about_colors(error):
            raise
        return Answer(await client.classify_image(picture, model=model, top_k=_LABELS), ())
    return Answer(found.classification, found.palette.colors)


async def find_work(client: AsyncClient, picture: bytes) -> tuple[Work, tuple[int, int]] | None:
    """The most certain work whose outline a catalogue knows, and the size in pixels that its quad refers to.

    None where there is none: a server without a catalogue still labels pictures.
    """
    try:
        found = await client.identify_work(picture, max_works=1)
    except LienzoError:
        return None
    outlined = next((work for work in found.works if len(work.quad) == 4), None)
    size = (found.image_info.width_px, found.image_info.height_px)
    return (outlined, size) if outlined is not None and min(size) > 0 else None


def _is_about_colors(error: LienzoError) -> bool:
    return error.reason == "FULLY_TRANSPARENT" or error.metadata.get("service") == "palette"
