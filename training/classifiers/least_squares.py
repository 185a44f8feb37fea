"""Linear machines with a squared loss: one system of linear equations for all labels.

Suykens and Vandewalle, "Least Squares Support Vector Machine Classifiers", Neural Processing Letters 9, 1999.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve


def least_squares_machines(
    features: NDArray[np.float32], sides: NDArray[np.float64], costs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minimises ‖w‖²/2 + b²/2 + Σ cost · (side − w·x − b)² for each column of sides.

    Args:
        features: Shape (N, size).
        sides: Of every picture for each machine, −1 or 1, shape (N, machines).
        costs: Of every picture, shape (N,), above 0.

    Returns:
        Weights, shape (machines, size), and offsets, shape (machines,).

    Raises:
        LinAlgError: The vectors are so long that the equations have no solution in float64.
    """
    if len(features) < features.shape[1]:  # one unknown for each picture, else one for each element
        wide = features.astype(np.float64)  # of long vectors the rounding of float32 is more than the slack
        shares = cho_solve(cho_factor(wide @ wide.T + 1 + np.diag(1 / (2 * costs))), sides)
        return shares.T @ wide, shares.sum(axis=0)
    rows = np.column_stack([features, np.ones(len(features))]).astype(np.float64)
    weighted = 2 * costs[:, None] * rows
    found = cho_solve(cho_factor(weighted.T @ rows + np.eye(rows.shape[1])), weighted.T @ sides).T
    return found[:, :-1], found[:, -1]
