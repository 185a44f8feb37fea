"""Scale space and differences of Gaussians: Lowe, IJCV 60(2), 2004, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIGMA: Final = 1.6
_LAYERS: Final = 3
"""Scales of an octave in which extrema are looked for, which takes three pictures more."""
_FIRST_BLUR: Final = 0.5
"""What a camera has blurred already (section 3.3)."""
_LEAST_SIDE_PX: Final = 16
_OCTAVES: Final = 4


@dataclass(frozen=True)
class Octave:
    """The pictures of one size.

    Attributes:
        factor: Pixels of the picture for each of its own: 1, 2, 4, ….
        sigmas: Blur of each picture, in pixels of the original.
        blurred: Shape (6, H, W), float32, 0 to 1.
        differences: Each blurred picture less the one before it, shape (5, H, W), float32.
    """

    factor: int
    sigmas: tuple[float, ...]
    blurred: NDArray[np.float32]
    differences: NDArray[np.float32]


@dataclass(frozen=True)
class ScaleSpace:
    """The octaves of a picture, from fine to coarse."""

    octaves: tuple[Octave, ...]


def scale_space(gray: NDArray[np.uint8]) -> ScaleSpace:
    """Blurs a grey picture more and more, and halves it for every octave.

    Args:
        gray: uint8, shape (H, W). Up to four octaves are made of it, as long as they have 16 pixels a side.
    """
    step = 2 ** (1 / _LAYERS)
    sigmas = [_SIGMA * step**each for each in range(_LAYERS + 3)]
    picture = np.asarray(gray, np.float32) / 255
    first = cv2.GaussianBlur(picture, (0, 0), (_SIGMA**2 - _FIRST_BLUR**2) ** 0.5)
    octaves: list[Octave] = []
    for number in range(_OCTAVES):
        blurred = [first]
        for before, after in pairwise(sigmas):
            blurred.append(cv2.GaussianBlur(blurred[-1], (0, 0), (after**2 - before**2) ** 0.5))
        stack = np.stack(blurred).astype(np.float32)
        factor = 2**number
        octaves.append(Octave(factor, tuple(factor * each for each in sigmas), stack, np.diff(stack, axis=0)))
        # The picture of twice the first blur begins the next octave.
        first = blurred[_LAYERS][::2, ::2]
        if min(first.shape) < _LEAST_SIDE_PX:
            break
    return ScaleSpace(tuple(octaves))


def extrema(space: ScaleSpace, contrast: float) -> NDArray[np.float32]:
    """Finds the extrema of the differences among their 26 neighbours in place and scale (section 3.1).

    Args:
        space: Of a picture.
        contrast: Least absolute difference, of the full range 1.

    Returns:
        Shape (N, 3), float32: x, y and radius (√2 σ) in pixels of the picture, strongest first.
    """
    found, strengths = [np.zeros((0, 3))], [np.zeros(0)]
    for octave in space.octaves:
        differences = octave.differences
        for layer in range(1, len(differences) - 1):
            near = differences[layer - 1 : layer + 2]
            square = np.ones((3, 3), np.uint8)
            most = np.max([cv2.dilate(each, square) for each in near], axis=0)
            least = np.min([cv2.erode(each, square) for each in near], axis=0)
            here = differences[layer]
            extreme = (np.abs(here) >= contrast) & ((here == most) | (here == least))
            rows, columns = np.nonzero(extreme)
            radius = np.full(len(rows), 2**0.5 * octave.sigmas[layer])
            found.append(np.stack([columns * octave.factor, rows * octave.factor, radius], axis=1))
            strengths.append(np.abs(here[rows, columns]))
    order = np.argsort(-np.concatenate(strengths), kind="stable")
    return np.concatenate(found)[order].astype(np.float32)
