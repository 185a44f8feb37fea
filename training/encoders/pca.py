"""Principal components of the vector that another encoder gives."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.encoders.fitted import FittedEncoder
from training.encoders.joined import JoinedSettings
from training.encoders.local import LocalEncoder
from training.encoders.vector import VectorSettings
from training.graphs.encoders.pca import build_pca
from training.strict import Strict
from training.threads import one_thread

_LEAST_SHARE: Final = 1e-6
"""Of the largest variance: smaller ones are noise, and whitening does not enlarge them further."""

OtherEncoder: TypeAlias = LocalEncoder | VectorSettings | JoinedSettings
"""Every encoder but this one."""


class PcaSettings(Strict):
    """Fewer numbers than another encoder gives, those in which the training pictures differ most.

    Attributes:
        behind: The other encoder.
        components: Principal components, at most the vector's size, and fewer than training pictures.
        whiten: Whether these get unit variance.
    """

    name: Literal["pca"] = "pca"
    behind: Annotated[OtherEncoder, Field(discriminator="name")]
    components: int = Field(default=64, ge=1, le=4096)
    whiten: bool = False

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return f"{self.behind.title}, {self.components}{' whitened' if self.whiten else ''} components"

    @property
    def pyramid(self) -> int:
        """Finest level of the other encoder's spatial pyramid."""
        return getattr(self.behind, "pyramid", 0)

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Fits the other encoder, then the components of what it gives, on some pictures of a set.

        Raises:
            TrainingError: When there are too few descriptors.
        """
        fitted = self.behind.fit(descriptors, pictures, seed)
        vectors = fitted.encode(descriptors.subset(pictures)).astype(np.float64)
        mean = vectors.mean(axis=0)
        components = _components(vectors - mean, self.components, self.whiten)
        return FittedEncoder.from_model(build_pca(onnx.load_from_string(fitted.graph), mean, components))


def _components(centred: NDArray[np.float64], count: int, whiten: bool) -> NDArray[np.float64]:
    """Computes the directions of the largest variance, by rows, (P, V), from centred vectors, (N, V)."""
    with one_thread():
        _, deviations, directions = np.linalg.svd(centred, full_matrices=False)
    kept = min(count, max(1, len(centred) - 1), centred.shape[1])
    components = directions[:kept]
    # A direction's sign is arbitrary; it is fixed so that every machine writes the same bundle.
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(kept), largest])[:, None]
    if whiten:
        variances = deviations[:kept] ** 2 / max(1, len(centred) - 1)
        floor = max(1e-12, float(variances[0]) * _LEAST_SHARE)
        components = components / np.sqrt(np.maximum(variances, floor))[:, None]
    return np.asarray(components)
