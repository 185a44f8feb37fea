"""What is found in a photo: works with their outlines, or why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.identification.photo import Photo, overlap

SAME_PLACE: Final = 0.5
"""Overlap above which two outlines are of one place."""

NotRecognized: TypeAlias = Literal["", "too few features", "nothing agrees", "implausible", "no works"]


@dataclass(frozen=True)
class FoundWork:
    """A work that was found in a photo.

    Attributes:
        number: Its number.
        confidence: Probability that it is in the photo, 0 to 1.
        points: How many points agree; 0 where it was told by its colours.
        outline: Shape (4, 2), float64: its corners in pixels of the photo as sent, clockwise from its
            own top left; None where it was told by its colours.
    """

    number: int
    confidence: float
    points: int
    outline: NDArray[np.float64] | None


@dataclass(frozen=True)
class Identification:
    """The works in a photo.

    Attributes:
        works: By falling confidence.
        reason: Why there are none; empty where there are some.
        best_score: Votes of the best candidate that was asked about last, whether or not it was found.
    """

    works: tuple[FoundWork, ...]
    reason: NotRecognized = ""
    best_score: float = 0.0


def covered(found: Sequence[FoundWork], photo: Photo) -> float:
    """Returns how much of a photo the outlines cover, 0 to 1; look-alikes in one place count once."""
    areas: list[NDArray[np.float64]] = []
    for each in found:
        if each.outline is not None and all(overlap(each.outline, area) < SAME_PLACE for area in areas):
            areas.append(each.outline)
    area_px = sum(cv2.contourArea(area.astype(np.float32)) for area in areas)
    return float(area_px / (photo.size_px[0] * photo.size_px[1]))


def turned_back(found: FoundWork, width_px: int) -> FoundWork:
    """Returns a work that was found in a mirror where it is in the photo."""
    if found.outline is None:
        return found
    outline = found.outline.copy()
    outline[:, 0] = width_px - outline[:, 0]
    return replace(found, outline=outline)
