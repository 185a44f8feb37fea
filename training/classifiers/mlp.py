"""Multilayer perceptron: Rumelhart, Hinton and Williams, Nature 323, 1986."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from training.classifiers.epochs import fit_by_epochs
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
        solver: `lbfgs` takes steps on all pictures at once, for small sets; `adam` (Kingma and Ba, ICLR 2015)
            trains epoch by epoch on small batches, and stops early.
        iterations: Greatest number of steps, or of epochs.
        patience: Epochs without a lower validation loss after which `adam` stops; a tenth of the pictures
            validates.
        learning_rate: Of `adam`.
    """

    name: Literal["mlp"] = "mlp"
    hidden: Layers = (64,)
    penalty: float = Field(default=0.01, ge=0)
    solver: Literal["lbfgs", "adam"] = "lbfgs"
    iterations: int = Field(default=100, ge=1, le=10_000)
    patience: int = Field(default=10, ge=1, le=10_000)
    learning_rate: float = Field(default=0.001, gt=0, le=1)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "mlp" if len(self.hidden) == 1 else f"mlp {'-'.join(map(str, self.hidden))}"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits an `MLPClassifier`."""
        network = MLPClassifier(
            self.hidden,
            solver=self.solver,
            alpha=self.penalty,
            max_iter=self.iterations,
            learning_rate_init=self.learning_rate,
            random_state=seed,
        )
        values = features.astype(np.float64)
        if self.solver == "adam":
            return fit_by_epochs(network, values, targets, self.iterations, self.patience, seed)
        with warnings.catch_warnings():
            # Stopping at the number of iterations is a setting here, not a failure to converge.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return network.fit(values, targets)
