"""Photographs of training pictures: held-out pictures are tested with them, others are trained on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.augmentation.photographs import VERSION, photographed
from training.extractors import AnyExtractor
from vision.picture import decode

_MOST: Final = 1000
"""So many state a share to within three hundredths; one photograph takes as long as extracting it."""
_LARGER: Final = 4 / 3
"""A phone's photo is larger than what an extractor looks at."""


@dataclass(frozen=True)
class Photographing:
    """Takes one photograph of every picture.

    Attributes:
        seed: Seed of everything random.
        number: Each number takes another one; those with 0 are tested where their picture is held out.
    """

    seed: int
    number: int = 0

    @property
    def title(self) -> str:
        """Name of the stage."""
        return f"photograph {self.number}" if self.number else "photographs"

    @property
    def suffix(self) -> str:
        """End of the names of cached files."""
        return f"-photograph-{VERSION}-{self.seed}{f'-{self.number}' if self.number else ''}"

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """Takes the photograph of a picture: the same for the same picture, whichever others there are.

        Args:
            data: The picture's file.
            extractor: The extractor that will look at the photograph.
            digest: SHA-256 of the file, hexadecimal.

        Returns:
            RGB, uint8, shape (height, width, 3).
        """
        return photograph_of(data, digest, round(_LARGER * extractor.max_side_px), self.seed, self.number)


def photograph_of(
    data: bytes, digest: str, side_px: int, seed: int = 0, number: int = 0
) -> NDArray[np.uint8]:
    """Takes the photograph of a picture's file, RGB, uint8, shape (height, width, 3).

    Args:
        data: The file.
        digest: SHA-256 of it, hexadecimal: the same file gives the same photograph.
        side_px: Longer side of the photograph.
        seed: Seed of everything random.
        number: Each number takes another photograph.

    Raises:
        PictureError: When the file cannot be decoded.
    """
    pixels = decode(data, max_side_px=side_px).pixels
    return photographed(pixels, np.random.default_rng([seed, number, int(digest[:16], 16)]), side_px).pixels


def pictures_to_photograph(count: int) -> NDArray[np.int64]:
    """Chooses which of so many pictures are photographed: all of a thousand, evenly spread of more.

    >>> pictures_to_photograph(3).tolist(), len(pictures_to_photograph(9000))
    ([0, 1, 2], 1000)
    """
    return np.unique(np.linspace(0, count - 1, min(count, _MOST)).round().astype(np.int64))
