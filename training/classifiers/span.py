"""Linear problems in fewer unknowns: with fewer pictures than elements, weights lie in the pictures' span.

The best weights of a linear classifier with a Euclidean penalty are sums of the training vectors. The problem
is therefore solved in coordinates of the space that these span: the same solution, with far fewer unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Span:
    """The space that training vectors span, with an orthonormal basis that is never written down.

    Attributes:
        features: Shape (N, size).
        coordinates: The same vectors in that basis, shape (N, rank).
        sums: Of which multiples of the vectors the basis is the sum, shape (N, rank); None where the basis is
            that of the features, since there are as many rows as elements.
    """

    features: NDArray[np.float64]
    coordinates: NDArray[np.float64]
    sums: NDArray[np.float64] | None

    def weights(self, of_coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Converts weights of coordinates, shape (K, rank), to weights of features, shape (K, size)."""
        if self.sums is None:
            return of_coordinates
        return np.asarray((of_coordinates @ self.sums.T) @ self.features)


def span_of(features: NDArray[np.float64]) -> Span:
    """Finds the space that rows span, and their coordinates in it.

    Args:
        features: Shape (N, size).
    """
    if len(features) >= features.shape[1]:
        return Span(features, features, None)
    squares, directions = np.linalg.eigh(features @ features.T)
    kept = squares > squares[-1] * 1e-10
    lengths, directions = np.sqrt(squares[kept]), directions[:, kept]
    return Span(features, directions * lengths, directions / lengths)
