"""Templates: ink that a picture shares with one counts for it, every cell that differs counts against it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from training.strict import Strict


class TemplateClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Compares pictures of ink (1) and paper (0) with templates, a scikit-learn classifier.

    The score of a label is, for each of its templates, `shared` for every cell that is ink in both and −1 for
    every cell that differs, as a share of all cells. That is linear in the picture, so that the templates of
    a label become one row of weights.

    Attributes:
        form: `mean` makes one template of a label, the mean of its pictures; `sum` takes every picture as a
            template of its own and adds their scores, so that labels with more pictures are favoured.
        shared: Points for a cell that is ink in both.
        classes_: The labels.
        templates_: Mean picture of each label, float64, shape (labels, cells), 0 to 1.
        coef_: Weights of the cells, shape (labels, cells); for two labels one row, the half of their
            difference.
        intercept_: Score of a picture without ink, in the same order.
    """

    def __init__(self, form: str = "mean", shared: float = 2.0) -> None:
        self.form = form
        self.shared = shared

    def fit(self, X: ArrayLike, y: ArrayLike) -> TemplateClassifier:
        """Makes the templates of pictures, shape (pictures, cells), and their labels, shape (pictures,)."""
        values, targets = validate_data(self, X, y)
        check_classification_targets(targets)
        self.classes_, numbers = np.unique(targets, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        counts = np.bincount(numbers)
        totals = np.zeros((len(counts), values.shape[1]))
        np.add.at(totals, numbers, values)
        self.templates_ = totals / counts[:, None]
        times = counts[:, None] if self.form == "sum" else np.ones((len(counts), 1))
        cells = values.shape[1]
        # |x − t| of ink and paper is x + t − 2·x·t.
        weights = ((self.shared + 2) * self.templates_ - 1) * times / cells
        without_ink = -(self.templates_ * times).sum(axis=1) / cells
        self.coef_, self.intercept_ = _one_row_for_two(weights), _one_row_for_two(without_ink)
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Computes the score of every label, shape (pictures, labels), or (pictures,) for two."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False)
        scores = np.asarray(values @ self.coef_.T + self.intercept_, np.float64)
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Returns the label of the best template of every picture; of equal ones the first."""
        scores = self.decision_function(X)
        best = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(int)
        return np.asarray(self.classes_[best])


def _one_row_for_two(values: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded = values.astype(np.float32).astype(np.float64)
    return (rounded[1:] - rounded[:1]) / 2 if len(values) == 2 else rounded


class TemplateSettings(Strict):
    """Templates.

    Attributes:
        form: `mean`: one averaged template of each label; `sum`: every picture is one.
        shared: Points for a cell that is ink in picture and template; a cell that differs costs one.
    """

    name: Literal["templates"] = "templates"
    form: Literal["mean", "sum"] = "mean"
    shared: float = Field(default=2.0, gt=0, le=100)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "templates" if self.form == "mean" else "templates, summed"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `TemplateClassifier`; the seed is not used."""
        return TemplateClassifier(self.form, self.shared).fit(features, targets)
