"""How easily a reference is found again: a score for curators, and what would raise it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from vision.identification.reference import EXTRACTOR, Reference

_ENOUGH_KEYPOINTS: Final = 200
_CELLS: Final = 4
_ENOUGH_CELLS: Final = 0.75
_ENOUGH_WORDS: Final = 0.8


@dataclass(frozen=True)
class Quality:
    """How easily a reference is found again.

    Attributes:
        score: 0 to 100. Above 60 nothing needs to be done; under 30 a photo must be taken from near.
        advice: What would raise it, the most effective first; empty for nothing.
    """

    score: int
    advice: tuple[str, ...]


def quality_of(reference: Reference) -> Quality:
    """Judges a reference by its keypoints: how many, how well spread, how different, from how many pixels."""
    count = len(reference.features)
    if count == 0:
        return Quality(0, ("nothing to be seen: it is told by its colours alone",))
    parts = {
        "few details: take a sharper picture, or one with raking light": min(1.0, count / _ENOUGH_KEYPOINTS),
        "details in one part only: the rest of the work does not help": min(
            1.0, _spread(reference) / _ENOUGH_CELLS
        ),
        "the same pattern again and again: other works with it will compete": min(
            1.0, len(np.unique(reference.words.words)) / count / _ENOUGH_WORDS
        ),
        f"low resolution: {EXTRACTOR.max_side_px} pixels a side are used": min(
            1.0, max(reference.size_px) / EXTRACTOR.max_side_px
        ),
    }
    worst_first = sorted(parts, key=lambda advice: parts[advice])
    score = round(100 * float(np.prod(list(parts.values()))))
    return Quality(score, tuple(each for each in worst_first if parts[each] < 0.6))


def _spread(reference: Reference) -> float:
    """Returns the share of the cells of a grid over the reference that have keypoints."""
    places = reference.features.keypoints[:, :2] / np.array(reference.size_px) * _CELLS
    cells = np.clip(places.astype(int), 0, _CELLS - 1)
    return len(np.unique(cells[:, 1] * _CELLS + cells[:, 0])) / _CELLS**2
