"""The encoder of extractors that join a vector to descriptors: both encoded, weighed against each other."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.encoders.fitted import FittedEncoder
from training.encoders.local import LocalEncoder
from training.encoders.vector import VectorSettings
from training.errors import TrainingError
from training.graphs.encoders.joined import build_joined
from training.strict import Strict

_MEASURED: Final = 200
"""Pictures whose vectors' lengths are measured: the mean of more differs little, and takes time."""
_LARGEST: Final = 5.0
"""Deviations from the mean: colours that hardly any training picture has would drown everything else."""
_SHORTEST: Final = 1e-9


class JoinedSettings(Strict):
    """Encoded descriptors, and a vector beside them.

    Attributes:
        local: Encodes the descriptors.
        vector: Scales the vector.
        weight: Length of the vector against that of the encoded descriptors, on the mean of the training
            pictures: 1 makes both as long.
    """

    name: Literal["joined"] = "joined"
    local: Annotated[LocalEncoder, Field(discriminator="name")]
    vector: VectorSettings = VectorSettings()
    weight: float = Field(default=1.0, gt=0, le=100)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return f"{self.local.title} + {self.weight:g} {self.vector.title}"

    @property
    def pyramid(self) -> int:
        """Finest level of the local encoder's spatial pyramid."""
        return getattr(self.local, "pyramid", 0)

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Fits both on some pictures of a set.

        Raises:
            TrainingError: When there are too few descriptors, or no vectors beside them.
        """
        if descriptors.vectors is None:
            raise TrainingError("the encoder joined needs an extractor that joins a vector to descriptors")
        described = descriptors.without_vectors()
        local = self.local.fit(described, pictures, seed)
        vectors = descriptors.vectors[pictures]
        mean, factor = self.vector.scale(vectors)
        some = np.unique(np.linspace(0, len(pictures) - 1, _MEASURED).round().astype(int))
        encoded = _length(local.encode(described.subset(pictures[some])))
        limit = _LARGEST if self.vector.scaling == "standard" else np.inf
        scaled = _length(np.clip((vectors - mean) * factor, -limit, limit))
        share = self.weight * (encoded or 1) / max(scaled, _SHORTEST)
        return FittedEncoder.from_model(
            build_joined(onnx.load_from_string(local.graph), mean, factor, share, limit)
        )


def _length(vectors: NDArray[np.float64] | NDArray[np.float32]) -> float:
    """Computes the root mean square of the lengths of vectors, shape (pictures, size)."""
    return float(np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1).mean()))
