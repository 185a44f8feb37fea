"""The encoder of extractors that give one vector per picture: it changes only the scale."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.encoders.fitted import FittedEncoder
from training.graphs.encoders.vector import build_vector
from training.strict import Strict

# An element that varies by less is noise; dividing by its deviation would make the noise dominate.
_SMALLEST_DEVIATION = 1e-6


class VectorSettings(Strict):
    """A vector as it is, or with every element standardised to mean 0 and variance 1.

    Attributes:
        scaling: `standard`, or `none`.
    """

    name: Literal["vector"] = "vector"
    scaling: Literal["standard", "none"] = "standard"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "vector" if self.scaling == "standard" else "vector, unscaled"

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Fits mean and deviation on some pictures of a set; the seed is not used."""
        mean, factor = self.scale(descriptors.values[descriptors.offsets[pictures]])
        return FittedEncoder.from_model(build_vector(mean, factor))

    def scale(
        self, vectors: NDArray[np.uint8] | NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Computes what is subtracted from each element, and its factor, from vectors (pictures, size)."""
        size = vectors.shape[1]
        if self.scaling == "none":
            return np.zeros(size), np.ones(size)
        values = vectors.astype(np.float64)
        deviation = values.std(axis=0)
        factor = np.where(deviation > _SMALLEST_DEVIATION, 1 / np.maximum(deviation, _SMALLEST_DEVIATION), 0)
        return values.mean(axis=0), factor
