"""Measures how much the answers of an image-in model depend on the resampling of the photo.

Vision on the phone scales a camera's frame in an undocumented way. So the model answers the same photo scaled
to its square by every common resampler, and once cropped to the centre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.answers import ranked, recognized
from vision.graph import center_square

Picture = NDArray[np.uint8]

LEAST_AGREEMENT = 0.99
"""Below this a model should be trained with `resampling = true`."""
RESAMPLERS = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "area": cv2.INTER_AREA,
    "bicubic": cv2.INTER_CUBIC,
    "Lanczos": cv2.INTER_LANCZOS4,
}
CENTER_CROP = "cropped to the centre (centreCrop)"


@dataclass(frozen=True)
class Agreement:
    """The agreement of one way of scaling with the server.

    Attributes:
        way: How the photo was scaled.
        pictures: Number of pictures.
        same_label: Share of pictures with the server's best label, 0 to 1.
        same_answer: Share of pictures with the server's answer, *not recognised* included.
    """

    way: str
    pictures: int
    same_label: float
    same_answer: float


def resampled(pixels: Picture, side_px: int) -> dict[str, Picture]:
    """Scales a photo to a square in every way, uint8 (side_px, side_px, 3), by the way's name.

    Args:
        pixels: RGB, shape (height, width, 3).
        side_px: Side of the square.
    """
    size = (side_px, side_px)
    ways = {
        f"stretched (scaleFill), {name}": np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
        for name, method in RESAMPLERS.items()
    }
    middle = center_square(pixels)
    ways[CENTER_CROP] = np.asarray(cv2.resize(middle, size, interpolation=cv2.INTER_AREA), np.uint8)
    return ways


def measure_agreement(
    ask: Callable[[Picture], NDArray[np.float64]], side_px: int, threshold: float, photos: Iterable[Picture]
) -> tuple[Agreement, ...]:
    """Compares every way of scaling with the server's, which stretches by area.

    Args:
        ask: Computes probabilities, shape (labels,), of a square.
        side_px: Side of that square.
        threshold: The rejection threshold.
        photos: RGB, larger than the square.
    """
    hits: dict[str, list[tuple[bool, bool]]] = {}
    server = "stretched (scaleFill), area"
    for pixels in photos:
        answers = {way: ask(square) for way, square in resampled(pixels, side_px).items()}
        expected = answers[server]
        for way, answer in answers.items():
            same = ranked(answer, 1) == ranked(expected, 1)
            same_verdict = recognized(answer, threshold) == recognized(expected, threshold)
            hits.setdefault(way, []).append((same, same_verdict))
    return tuple(_agreement(way, pairs) for way, pairs in hits.items() if way != server)


def _agreement(way: str, pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    labels, answers = np.mean(np.array(pairs, float), axis=0)
    return Agreement(way, len(pairs), float(labels), float(answers))
