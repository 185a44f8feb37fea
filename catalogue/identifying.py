"""Identifies the works of a catalogue in a photo, with their records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogue.shelf import CatalogueView
from catalogue.work import Record
from vision.identification import NotRecognized, identify
from vision.picture import Picture, PictureInfo

DEFAULT_WORKS = 3
MOST_WORKS = 20


@dataclass(frozen=True)
class IdentifiedWork:
    """A work that was found in a photo.

    Attributes:
        record: Its record.
        confidence: Probability that it is in the photo, 0 to 1.
        points: How many points agree; 0 for a work that was identified by its colours.
        quad: Shape (4, 2), float64: its corners in pixels of the photo as sent, clockwise from its
            own top left; None for a work that was identified by its colours.
    """

    record: Record
    confidence: float
    points: int
    quad: NDArray[np.float64] | None


@dataclass(frozen=True)
class Answer:
    """The works in a photo.

    Attributes:
        works: By falling confidence.
        reason: Why there are none; empty where there are some.
        info: Format and size of the photo.
        missing: The parts of the catalogue that did not answer, and why; empty where all did.
    """

    works: tuple[IdentifiedWork, ...]
    reason: NotRecognized
    info: PictureInfo
    missing: str = ""


def identify_works(picture: Picture, view: CatalogueView, most: int = 0) -> Answer:
    """Finds works of a catalogue in a photo.

    Args:
        picture: The photo, decoded to at least `vision.identification.PHOTO_SIDE_PX`.
        view: The catalogue.
        most: Number of works at most, up to 20; 0 means 3.
    """
    found = identify(picture, view, min(most or DEFAULT_WORKS, MOST_WORKS))
    origin = np.array([picture.info.seen.x, picture.info.seen.y])
    works = tuple(
        IdentifiedWork(
            view.record(each.number),
            each.confidence,
            each.points,
            None if each.outline is None else each.outline + origin,
        )
        for each in found.works
    )
    return Answer(works, found.reason, picture.info, view.missing)
