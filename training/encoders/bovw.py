"""Settings and learning of a bag of visual words."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.codebook import learn_codebook
from training.descriptors import DescriptorSet
from training.encoders.fitted import SAMPLE_SIZE, FittedEncoder
from training.graphs.bovw import Weighting, build_bovw
from training.strict import Strict


class BovwSettings(Strict):
    """Bag of visual words with hard assignment.

    Attributes:
        words: Size of the codebook, K.
        weighting: What the vector holds for each word.
    """

    name: Literal["bovw"] = "bovw"
    words: int = Field(default=500, ge=2, le=20_000)
    weighting: Weighting = "hellinger"

    @property
    def title(self) -> str:
        """What people read in tables."""
        return f"bovw {self.words}"

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Learns codebook and word weights from some pictures of a set.

        Raises:
            TrainingError: When they have fewer descriptors than words.
        """
        sample = descriptors.sample(pictures, SAMPLE_SIZE, seed)
        codebook = learn_codebook(sample, self.words, seed, whole=descriptors.values.dtype == np.uint8)
        if self.weighting != "tfidf":
            return FittedEncoder.from_model(build_bovw(codebook, self.weighting))
        counts = FittedEncoder.from_model(build_bovw(codebook, "counts")).encode(descriptors)[pictures]
        # Smoothed, so that a word in no picture has a finite weight.
        idf = np.log((1 + len(pictures)) / (1 + (counts > 0).sum(axis=0))) + 1
        return FittedEncoder.from_model(build_bovw(codebook, "tfidf", idf.astype(np.float32)))
