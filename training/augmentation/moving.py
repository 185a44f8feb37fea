"""Signs drawn elsewhere on their paper: held-out pictures of signs are tested with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.extractors import AnyExtractor
from vision.picture import decode

# To be raised when a change makes other pictures of the same seed, since descriptors are cached by it.
_VERSION: Final = 1
_SHEET: Final = 1.5
"""Side of the sheet, in sides of the picture."""
_SCALES: Final = (0.5, 1.3)
_MOST_DEGREES: Final = 8.0
_MOST_NOISE: Final = 30.0
"""Standard deviation of the noise, of 255."""


@dataclass(frozen=True)
class Moving:
    """Makes one copy of every picture: shifted, scaled, turned a little, and noisy, on paper of its colour.

    Attributes:
        seed: Seed of everything random.
    """

    seed: int

    @property
    def title(self) -> str:
        """Name of the stage."""
        return "moved copies"

    @property
    def suffix(self) -> str:
        """End of the names of cached files."""
        return f"-moved-{_VERSION}-{self.seed}"

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """Makes the copy of a picture: the same for the same picture, whichever others there are.

        Args:
            data: The picture's file.
            extractor: The extractor that will look at the copy.
            digest: SHA-256 of the file, hexadecimal.

        Returns:
            RGB, uint8, shape (height, width, 3).
        """
        pixels = decode(data, max_side_px=extractor.max_side_px).pixels
        return moved(pixels, np.random.default_rng([self.seed, int(digest[:16], 16)]))


def moved(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Moves a picture on a larger sheet of the colour of its edge; no part of it leaves the sheet.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        rng: Source of every random number.

    Returns:
        RGB, uint8, half as wide and high again.
    """
    height, width = pixels.shape[:2]
    sheet = round(_SHEET * width), round(_SHEET * height)
    scale, degrees = rng.uniform(*_SCALES), rng.uniform(-_MOST_DEGREES, _MOST_DEGREES)
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale), np.float64)
    room = np.maximum(0, np.array(sheet) - scale * np.array([width, height])) / 2
    middle = (np.array(sheet) - np.array([width, height])) / 2
    matrix[:, 2] += middle + rng.uniform(-room, room)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = [int(each) for each in np.median(edge, axis=0)]
    drawn = cv2.warpAffine(pixels, matrix, sheet, flags=cv2.INTER_AREA, borderValue=paper)
    noise = rng.normal(0, rng.uniform(0, _MOST_NOISE), drawn.shape)
    return np.asarray(np.clip(np.rint(drawn + noise), 0, 255), np.uint8)
