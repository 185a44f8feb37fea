"""Linear problems in fewer unknowns: with fewer pictures than elements, weights lie in the pictures' span."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def span_of(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Computes an orthonormal basis, by columns, of the space that the rows span.

    The best weights of a linear classifier with a Euclidean penalty lie in that space, so solving there gives
    the same classifier.

    Args:
        features: Shape (N, size).

    Returns:
        Shape (size, rank); the identity where there are as many rows as elements.
    """
    if len(features) >= features.shape[1]:
        return np.eye(features.shape[1])
    squares, coordinates = np.linalg.eigh(features @ features.T)
    kept = squares > squares[-1] * 1e-10
    basis: NDArray[np.float64] = features.T @ (coordinates[:, kept] / np.sqrt(squares[kept]))
    return basis
