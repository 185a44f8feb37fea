"""Whether an answer hangs on how a photo becomes the square that an image-in model looks at.

Vision on the phone scales a camera's frame in a way of its own that Apple does not tell. So a model is asked
about the same photo brought to its size by every resampler there is, and once cropped to the centre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.answers import ranked, recognized

Picture = NDArray[np.uint8]

LEAST_AGREEMENT = 0.99
"""Below this a model should be trained with such variation."""
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
    """How often one way of scaling leads to the server's answer.

    Attributes:
        way: How the photo was scaled.
        pictures: How many were asked about.
        same_label: Share of them whose likeliest label is the server's.
        same_answer: Share whose answer is the server's, *not recognised* included.
    """

    way: str
    pictures: int
    same_label: float
    same_answer: float


def resampled(pixels: Picture, side_px: int) -> dict[str, Picture]:
    """A photo as a square in every way, uint8 (side_px, side_px, 3), by the way's name.

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


def center_square(pixels: Picture) -> Picture:
    """The largest square in the middle, as Vision's centreCrop takes it."""
    height, width, _ = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def measure_agreement(
    ask: Callable[[Picture], NDArray[np.float64]], side_px: int, threshold: float, photos: Iterable[Picture]
) -> tuple[Agreement, ...]:
    """Asks about every photo in every way; the answer that counts is the server's: stretched, by area.

    Args:
        ask: A square to probabilities, shape (labels,).
        side_px: Side of that square.
        threshold: The probability under which nothing is recognised.
        photos: RGB, larger than the square.
    """
    hits: dict[str, list[tuple[bool, bool]]] = {}
    server = "stretched (scaleFill), area"
    for pixels in photos:
        answers = {way: ask(square) for way, square in resampled(pixels, side_px).items()}
        expected = answers[server]
        for way, answer in answers.items():
            same = ranked(answer, 1) == ranked(expected, 1)
            told = recognized(answer, threshold) == recognized(expected, threshold)
            hits.setdefault(way, []).append((same, told))
    return tuple(_agreement(way, pairs) for way, pairs in hits.items() if way != server)


def _agreement(way: str, pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    labels, answers = np.mean(np.array(pairs, float), axis=0)
    return Agreement(way, len(pairs), float(labels), float(answers))
