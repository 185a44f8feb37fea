"""Distorted copies of training pictures, as a recipe configures them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.augmentation.camera import MAX_STRENGTH, distorted, resampled
from training.augmentation.details import Detail
from training.augmentation.moving import Moving
from training.augmentation.photographing import Photographing
from training.extractors import AnyExtractor
from training.graphs.extractors.extractor import GraphExtractor
from training.strict import Strict
from vision.picture import decode

# Cropping is one of the distortions: the rest should still have the extractor's input size.
_MARGIN = 1.25
# To be raised when a change makes other pictures of the same settings, since descriptors are cached by it.
_VERSION = 2


class AugmentationSettings(Strict):
    """Further versions of every training picture; held-out pictures stay as they are.

    Attributes:
        copies: Distorted ones per picture; 0 makes none.
        photographs: Photographs per picture, framed and on drawn walls. The first is the one that a model is
            tested with where its picture is held out, and so costs nothing more to take. Where there are
            several, drawn strangers are photographed, too.
        turned: Whether classifiers learn to refuse every picture, and photographs of it, flipped top to
            bottom and upside down, and photographs on either side: art with real strokes that shows nothing
            known.
        details: Details cut out of each picture, which count little.
        mirrored: Whether a mirrored copy of each picture is learnt from, which counts little.
        tested: What a model is tested with beside each held-out picture: a photograph of it, or, for signs on
            plain paper, a copy that is `moved`, scaled and noisy, or `nothing`.
        strength: 0 does not distort, 1 is like a photograph taken by hand, 3 like a bad one.
        resampling: Whether copies are resized to the extractor's size by random resamplers.
    """

    copies: int = Field(default=0, ge=0, le=50)
    photographs: int = Field(default=0, ge=0, le=50)
    turned: bool = False
    details: int = Field(default=0, ge=0, le=50)
    mirrored: bool = False
    tested: Literal["photographs", "moved", "nothing"] = "photographs"
    strength: float = Field(default=1.0, ge=0, le=MAX_STRENGTH)
    resampling: bool = False

    def tested_with(self, seed: int) -> Photographing | Moving | None:
        """Returns what makes the copy that a model is tested with where its picture is held out."""
        if self.tested == "nothing":
            return None
        return Photographing(seed) if self.tested == "photographs" else Moving(seed)

    @property
    def rare(self) -> int:
        """How many copies of each picture count little: details, and the mirrored one, which comes last."""
        return self.details + self.mirrored

    def distortions(self, seed: int) -> Iterator[Distortion | Photographing | Detail]:
        """Yields what makes each further version of a picture that is extracted: all but the mirrored one."""
        for number in range(1, self.copies + 1):
            yield Distortion(number, self.strength, self.resampling, seed)
        for number in range(self.photographs):
            yield Photographing(seed, number)
        for number in range(self.details):
            yield Detail(seed, number)


@dataclass(frozen=True)
class Distortion:
    """The parameters of one copy of every picture.

    Attributes:
        number: Number of the copy, from 1.
        strength: 0 to 3.
        resampling: Whether it is resized to the extractor's size by a random resampler.
        seed: Seed of every random number.
    """

    number: int
    strength: float
    resampling: bool
    seed: int

    @property
    def title(self) -> str:
        """Name of the stage that progress reports."""
        return f"copy {self.number}"

    @property
    def suffix(self) -> str:
        """Suffix of the cache files that hold descriptors of this copy."""
        return f"-{_VERSION}-{self.number}-{self.strength:g}-{int(self.resampling)}-{self.seed}"

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """Makes the copy of a picture, which depends on no other picture of the set.

        Args:
            data: The picture's file.
            extractor: The extractor that the copy is for.
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
    """Width and height to which an extractor reduces a picture."""
    if isinstance(extractor, GraphExtractor):
        return extractor.side_px, extractor.side_px
    height, width = pixels.shape[:2]
    factor = min(1.0, extractor.max_side_px / max(width, height))
    return max(2, round(factor * width)), max(2, round(factor * height))


class Copying(Protocol):
    """What makes a further version of a picture."""

    @property
    def title(self) -> str:
        """Name of the stage."""

    @property
    def suffix(self) -> str:
        """End of the names of cached files: another one for whatever makes other versions."""

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """Makes the version of a picture's file with that digest: RGB, uint8, shape (height, width, 3)."""
