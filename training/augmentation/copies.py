"""Distorted copies of training pictures, as a recipe asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.augmentation.camera import MAX_STRENGTH, distorted, resampled
from training.extractors import AnyExtractor
from training.graphs.extractors.extractor import GraphExtractor
from training.strict import Strict
from vision.picture import decode

# Cropping is one of the distortions: what is left should still be as large as the extractor looks at.
_MARGIN = 1.25
# Counts up when the same settings come to make other pictures.
_VERSION = 1


class AugmentationSettings(Strict):
    """Copies of every training picture, distorted; pictures that are asked about stay as they are.

    Attributes:
        copies: How many of each picture; 0 learns from the pictures alone.
        strength: 0 leaves copies as they are, 1 makes them photographs taken by hand, 3 bad ones.
        resampling: Whether copies come to the extractor's size by resamplers of all kinds.
    """

    copies: int = Field(default=0, ge=0, le=50)
    strength: float = Field(default=1.0, ge=0, le=MAX_STRENGTH)
    resampling: bool = False

    def distortions(self, seed: int) -> Iterator[Distortion]:
        """One for each copy."""
        for number in range(1, self.copies + 1):
            yield Distortion(number, self.strength, self.resampling, seed)


@dataclass(frozen=True)
class Distortion:
    """What makes one copy of every picture.

    Attributes:
        number: Which copy, from 1.
        strength: 0 to 3.
        resampling: Whether it comes to the extractor's size by another resampler.
        seed: Seed of everything that is random.
    """

    number: int
    strength: float
    resampling: bool
    seed: int

    @property
    def title(self) -> str:
        """Name of the stage."""
        return f"copy {self.number}"

    @property
    def suffix(self) -> str:
        """End of the names of files that hold what was seen in copies."""
        return f"-{_VERSION}-{self.number}-{self.strength:g}-{int(self.resampling)}-{self.seed}"

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """The copy of a picture: the same for the same picture, whichever others there are.

        Args:
            data: The picture's file.
            extractor: What will look at the copy.
            digest: SHA-256 of the file, hexadecimal.

        Returns:
            RGB, uint8, shape (height, width, 3).
        """
        pixels = decode(data, max_side_px=round(_MARGIN * extractor.max_side_px)).pixels
        rng = np.random.default_rng([self.seed, self.number, int(digest[:16], 16)])
        if self.strength:
            pixels = distorted(pixels, rng, self.strength)
        return resampled(pixels, rng, _size(pixels, extractor)) if self.resampling else pixels


def _size(pixels: NDArray[np.uint8], extractor: AnyExtractor) -> tuple[int, int]:
    """Width and height at which an extractor looks at a picture."""
    if isinstance(extractor, GraphExtractor):
        return extractor.side_px, extractor.side_px
    height, width = pixels.shape[:2]
    factor = min(1.0, extractor.max_side_px / max(width, height))
    return max(2, round(factor * width)), max(2, round(factor * height))
