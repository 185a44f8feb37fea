"""The threshold at which a stated share of strangers is taken for something known."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, ndtr

_WIDTH: Final = 0.35
"""By so much, in log odds, another stranger of the same kind may differ from one that was asked."""
MANY_KINDS: Final = 8
"""Among so many kinds of strangers, such as labels that were left out, some are like most others."""
_ALMOST: Final = 1e-6
"""Nearer to 0 and 1 than this, probabilities are not told apart."""
_ROUNDED: Final = 1e-5
"""By so much, in log odds, the served graph's answer may differ from the one that was measured: float32."""


def false_accept_rate(
    strangers: NDArray[np.float64],
    threshold: float,
    weights: NDArray[np.float64] | None = None,
    kinds: int = MANY_KINDS,
) -> float:
    """Estimates the share of strangers that a threshold lets through, from those that were asked.

    Each stands for others that are a little more or less like something known, so the estimate does not jump
    where a single picture lies (a kernel estimate of the distribution of their log odds).

    Args:
        strangers: Highest probability of each, shape (N,), N of 1 or more.
        threshold: Probability from which on an answer counts.
        weights: Of each stranger; None weighs them alike.
        kinds: How many kinds of strangers were asked. Of few kinds, others differ more from those than one
            picture differs from the next of its kind.

    >>> false_accept_rate(np.array([0.5, 0.5]), 0.5)
    0.5
    """
    width = _WIDTH * math.sqrt(max(1.0, MANY_KINDS / max(1, kinds)))
    above = ndtr((_odds(strangers) - _odds(np.array(threshold))) / width)
    return float(np.average(above, weights=weights))


def threshold_at(
    rate: float,
    strangers: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    kinds: int = MANY_KINDS,
) -> float:
    """Finds the threshold that lets an estimated share of strangers through, in the graph's precision.

    Args:
        rate: The share, 0 to below 1; 0 lets nothing through that was asked.
        strangers: Highest probability of each, shape (N,), N of 1 or more.
        weights: Of each stranger; None weighs them alike.
        kinds: How many kinds of strangers were asked, see `false_accept_rate`.
    """
    low, high = -math.log(1 / _ALMOST), math.log(1 / _ALMOST)
    for _ in range(50):
        middle = (low + high) / 2
        if false_accept_rate(strangers, 1 / (1 + math.exp(-middle)), weights, kinds) > rate:
            low = middle
        else:
            high = middle
    least = np.float32(1 / (1 + math.exp(-high)))
    if rate == 0:
        least = max(least, np.nextafter(np.float32(strangers.max()), np.float32(2)))
    return float(min(np.float32(1), least))


def threshold_that_keeps(share: float, known: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Finds the highest threshold at which a share of known pictures is answered rightly.

    Args:
        share: Of all known pictures, as far as their answers are right.
        known: Highest probability of each held-out picture.
        right: Whether its best label is right.

    Returns:
        The threshold, in the graph's precision; 1 where nothing is right.
    """
    rightly = np.sort(known[right])[::-1]
    if not len(rightly):
        return 1.0
    last = rightly[min(len(rightly), max(1, math.ceil(share * len(known)))) - 1]
    # The served graph computes in float32: the picture that the threshold rests on must reach it there, too.
    served = np.float32(last - _ROUNDED * last * (1 - last))
    return float(np.nextafter(np.nextafter(served, np.float32(0)), np.float32(0)))


def weights_of_groups(groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weighs pictures so that near duplicates together count as one.

    >>> weights_of_groups(np.array([3, 3, 5])).tolist()
    [0.5, 0.5, 1.0]
    """
    _, index, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[index], np.float64)


def _odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(np.clip(probabilities, _ALMOST, 1 - _ALMOST)), np.float64)
