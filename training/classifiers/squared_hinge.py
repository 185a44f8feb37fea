"""Linear machines with a squared hinge loss, solved exactly where there are fewer pictures than elements.

Newton's method on the support vectors: Chapelle, "Training a Support Vector Machine in the Primal", Neural
Computation 19(5), 2007, section 3. With the pictures as unknowns every step is one system of linear
equations, which takes a fraction of the time of a descent along single elements.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

_STEPS: Final = 60
"""Some six suffice; support vectors that still change after so many go round in a circle."""


def solved_machines(
    features: NDArray[np.float32], sides: NDArray[np.float64], costs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Minimises ‖w‖²/2 + b²/2 + Σ cost · max(0, 1 − side · (w·x + b))² for each column of sides.

    Args:
        features: Shape (N, size).
        sides: Of every picture for each machine, −1 or 1, shape (N, machines).
        costs: Of every picture on the wrong side of each machine's margin, shape (N, machines), above 0.

    Returns:
        Weights, shape (machines, size), and offsets, shape (machines,); None where no solution was found.

    Raises:
        LinAlgError: The vectors are so long that the equations have no solution in float64.
    """
    wide = features.astype(np.float64)  # of long vectors the rounding of float32 is more than the slack
    products = wide @ wide.T + 1
    slack = 1 / (2 * costs)
    # One system for all machines, as if every picture were a support vector, tells nearly which ones are.
    shares = cho_solve(cho_factor(products + np.diag(slack.mean(axis=1))), sides)
    likely = sides * (products @ shares) < 1
    for machine, side in enumerate(sides.T):
        found = _settled(products, slack[:, machine], side, likely[:, machine])
        if found is None:
            return None
        shares[:, machine] = found
    weights = shares.T @ wide
    return weights, shares.sum(axis=0)


def _settled(
    products: NDArray[np.float64],
    slack: NDArray[np.float64],
    side: NDArray[np.float64],
    inside: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """Solves for the support vectors until they stay the same; returns the share of each in the weights."""
    for _ in range(_STEPS):
        chosen = np.flatnonzero(inside)
        theirs = products[chosen]
        solved = cho_solve(cho_factor(theirs[:, chosen] + np.diag(slack[chosen])), side[chosen])
        now = side * (solved @ theirs) < 1
        if (now == inside).all():
            shares = np.zeros(len(side))
            shares[chosen] = solved
            return shares
        inside = now
    return None
