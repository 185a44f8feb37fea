"""Settings of the bag of visual words, and how it is fitted."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.encoders.codebook import learn_codebook
from training.encoders.fitted import SAMPLE_SIZE, FittedEncoder
from training.encoders.pyramid import in_cells, pyramid_level, pyramid_of
from training.graphs.encoders.bovw import Weighting, build_bovw
from training.strict import Strict


class BovwSettings(Strict):
    """Bag of visual words.

    Attributes:
        words: Size of the codebook, K.
        weighting: The weight of each word in the vector.
        softness: 0 assigns each descriptor to its nearest word; above 0 it is spread over near words by a
            Gaussian, with a variance of so many mean squared distances to the nearest word.
        pyramid: Finest level of a spatial pyramid: 2 divides the picture into 4 × 4, 2 × 2 and 1 × 1 cells,
            0 does not divide it.
    """

    takes_bits: ClassVar[bool] = True

    name: Literal["bovw"] = "bovw"
    words: int = Field(default=500, ge=2, le=20_000)
    weighting: Weighting = "hellinger"
    softness: float = Field(default=0.0, ge=0, le=10)
    pyramid: int = pyramid_level()

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return in_cells(f"{'soft ' if self.softness else ''}bovw {self.words}", self.pyramid)

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Fits codebook and word weights on some pictures of a set.

        Raises:
            TrainingError: When the pictures have fewer descriptors than there are words.
        """
        sample = descriptors.sample(pictures, SAMPLE_SIZE, seed)
        if descriptors.binary:
            # k-means over bits, rounded to bits, is k-majority: Grana et al., "A Fast Approach for
            # Integrating ORB Descriptors in the Bag of Words Model", 2013, section 3.
            sample = np.unpackbits(sample.astype(np.uint8), axis=1).astype(np.float32)
        codebook = learn_codebook(sample, self.words, seed, whole=descriptors.values.dtype == np.uint8)
        pyramid = pyramid_of(self.pyramid, descriptors)
        sharpness = self._sharpness(sample, codebook)

        def built(weighting: Weighting, idf: NDArray[np.float32] | None = None) -> FittedEncoder:
            graph = build_bovw(codebook, weighting, idf, descriptors.binary, sharpness, pyramid)
            return FittedEncoder.from_model(graph)

        if self.weighting != "tfidf":
            return built(self.weighting)
        counts = built("counts").encode(descriptors.subset(pictures))
        # Smoothed, so that a word in no picture has a finite weight.
        idf = np.log((1 + len(pictures)) / (1 + (counts > 0).sum(axis=0))) + 1
        return built("tfidf", idf.astype(np.float32))

    def _sharpness(self, sample: NDArray[np.float32], codebook: NDArray[np.float32]) -> float | None:
        if not self.softness:
            return None
        squares = (sample**2).sum(axis=1) + (
            (codebook**2).sum(axis=1)[:, None] - 2 * codebook @ sample.T
        ).min(0)
        return 1 / (self.softness * max(float(squares.mean()), 1e-6))
