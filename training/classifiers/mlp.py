"""Multilayer perceptron: Rumelhart, Hinton and Williams, Nature 323, 1986."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from training.strict import Strict

Layers = Annotated[
    tuple[Annotated[int, Field(ge=1, le=4096)], ...],
    Field(min_length=1),
    BeforeValidator(lambda value: (value,) if isinstance(value, int) else value),
]
"""Units of each layer; a number alone is one layer."""


class MlpSettings(Strict):
    """Multilayer perceptron.

    Attributes:
        hidden: Number of units of the hidden layer, or of each of several. Lists in a recipe are values to
            try: `[64, 32]` tries both, `[[64, 32]]` is two layers.
        penalty: Weight of the squared weights.
        iterations: Greatest number of L-BFGS steps.
    """

    name: Literal["mlp"] = "mlp"
    hidden: Layers = (64,)
    penalty: float = Field(default=0.01, ge=0)
    iterations: int = Field(default=100, ge=1, le=10_000)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "mlp" if len(self.hidden) == 1 else f"mlp {'-'.join(map(str, self.hidden))}"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits an `MLPClassifier`."""
        network = MLPClassifier(
            self.hidden, solver="lbfgs", alpha=self.penalty, max_iter=self.iterations, random_state=seed
        )
        with warnings.catch_warnings():
            # Stopping at the number of iterations is a setting here, not a failure to converge.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return network.fit(features.astype(np.float64), targets)
