"""Settings of VLAD, and how it is fitted."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.encoders.codebook import learn_codebook, principal_components
from training.encoders.fitted import SAMPLE_SIZE, FittedEncoder
from training.encoders.pyramid import in_cells, pyramid_level, pyramid_of
from training.graphs.encoders.vlad import build_vlad
from training.strict import Strict


class VladSettings(Strict):
    """Vector of locally aggregated descriptors, behind principal components.

    Attributes:
        words: Size of the codebook, K.
        components: Principal components of every residual, at most the descriptor's size.
        whiten: Whether these get unit variance.
        pyramid: Finest level of a spatial pyramid: 2 divides the picture into 4 × 4, 2 × 2 and 1 × 1 cells,
            0 does not divide it.
    """

    takes_bits: ClassVar[bool] = False

    name: Literal["vlad"] = "vlad"
    words: int = Field(default=64, ge=2, le=4096)
    components: int = Field(default=64, ge=1, le=4096)
    whiten: bool = True
    pyramid: int = pyramid_level()

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return in_cells(f"vlad {self.words}", self.pyramid)

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Fits codebook and components on some pictures of a set.

        Raises:
            TrainingError: When the pictures have fewer descriptors than there are words.
        """
        sample = descriptors.sample(pictures, SAMPLE_SIZE, seed)
        codebook = learn_codebook(sample, self.words, seed, whole=descriptors.values.dtype == np.uint8)
        components = principal_components(sample, min(self.components, sample.shape[1]), self.whiten)
        return FittedEncoder.from_model(
            build_vlad(codebook, components, pyramid_of(self.pyramid, descriptors))
        )
