"""Details of training pictures: a face or a corner of a painting is shown as often as the painting is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.extractors import AnyExtractor
from vision.picture import decode

# To be raised when a change makes other details of the same seed, since descriptors are cached by it.
_VERSION: Final = 1
_SMALLEST: Final = 0.35
_LARGEST: Final = 0.8
"""Side of a detail, in sides of the picture: mean of its width and its height."""
_MOST_STRETCHED: Final = 0.3
"""Logarithm of the greatest share that one side is longer than that mean."""
_LARGER: Final = 2.0
"""The picture is decoded larger than an extractor looks at, so that a detail of it is not blurred."""


@dataclass(frozen=True)
class Detail:
    """Cuts one detail out of every picture.

    Attributes:
        seed: Seed of everything random.
        number: Each number cuts another one.
    """

    seed: int
    number: int = 0

    @property
    def title(self) -> str:
        """Name of the stage."""
        return f"detail {self.number + 1}"

    @property
    def suffix(self) -> str:
        """End of the names of cached files."""
        return f"-detail-{_VERSION}-{self.seed}-{self.number}"

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """Cuts the detail out of a picture: the same of the same picture, whichever others there are.

        Args:
            data: The picture's file.
            extractor: The extractor that will look at the detail.
            digest: SHA-256 of the file, hexadecimal.

        Returns:
            RGB, uint8, shape (height, width, 3).
        """
        pixels = decode(data, max_side_px=round(_LARGER * extractor.max_side_px)).pixels
        return cut_out(pixels, np.random.default_rng([self.seed, self.number, int(digest[:16], 16)]))


def cut_out(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Cuts a detail out of a picture, at least one pixel.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        rng: Source of every random number.
    """
    side, stretched = rng.uniform(_SMALLEST, _LARGEST), np.exp(rng.uniform(-_MOST_STRETCHED, _MOST_STRETCHED))
    height, width = pixels.shape[:2]
    wide, high = (
        max(1, int(min(1.0, each) * of))
        for each, of in ((side * stretched, width), (side / stretched, height))
    )
    left, top = int(rng.uniform(0, width - wide)), int(rng.uniform(0, height - high))
    return np.ascontiguousarray(pixels[top : top + high, left : left + wide])
