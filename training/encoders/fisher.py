"""Settings of Fisher vectors, and how they are fitted."""

from __future__ import annotations

import warnings
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from training.descriptors.extraction import DescriptorSet
from training.encoders.codebook import principal_components
from training.encoders.fitted import FittedEncoder
from training.encoders.pyramid import in_cells, pyramid_level, pyramid_of
from training.errors import TrainingError
from training.graphs.encoders.fisher import Mixture, build_fisher
from training.strict import Strict

_SAMPLE_SIZE = 20_000


class FisherSettings(Strict):
    """Fisher vector over principal components.

    Attributes:
        gaussians: Number of Gaussians, K.
        components: Principal components, P, at most the descriptor's size; unit variance each.
        pyramid: Finest level of a spatial pyramid: 2 divides the picture into 4 × 4, 2 × 2 and 1 × 1 cells,
            0 does not divide it.
    """

    takes_bits: ClassVar[bool] = False

    name: Literal["fisher"] = "fisher"
    gaussians: int = Field(default=32, ge=1, le=1024)
    components: int = Field(default=64, ge=1, le=4096)
    pyramid: int = pyramid_level()

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return in_cells(f"fisher {self.gaussians}", self.pyramid)

    def fit(self, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int) -> FittedEncoder:
        """Fits components and Gaussians on some pictures of a set.

        Raises:
            TrainingError: When the pictures have fewer descriptors than there are Gaussians.
        """
        sample = descriptors.sample(pictures, _SAMPLE_SIZE, seed)
        if len(sample) < max(2, self.gaussians):
            raise TrainingError(
                f"{len(sample)} descriptors in all pictures are too few for {self.gaussians} Gaussians"
            )
        components = principal_components(sample, min(self.components, sample.shape[1]), whiten=True)
        center = sample.mean(axis=0, dtype=np.float64)
        points = (sample - center) @ components.T.astype(np.float64)
        mixture = GaussianMixture(
            self.gaussians, covariance_type="diag", max_iter=20, reg_covar=1e-3, random_state=seed
        )
        with warnings.catch_warnings():
            # Twenty rounds are enough: the vector needs a rough partition, not the best one.
            warnings.simplefilter("ignore", ConvergenceWarning)
            mixture.fit(points)
        gaussians = Mixture(mixture.weights_, mixture.means_, mixture.covariances_)
        pyramid = pyramid_of(self.pyramid, descriptors)
        return FittedEncoder.from_model(build_fisher(gaussians, center, components, pyramid))
