"""How sure an identification is."""

from __future__ import annotations

from math import exp, log
from typing import Final

_SLOPE: Final = 5.0
_HALF_POINTS: Final = 7.5
_FULL_SHARE: Final = 0.5


def confidence_of(points: int, share: float = 1.0) -> float:
    """Returns the probability that a work is in a photo, given what agrees with one view of it.

    A logistic curve of the logarithm of the points. On photographs of a museum, works that were not there
    agreed in up to 7 points, works that were in 10 or more. Where fewer than half of the pairs within the
    outline agree, it may be another work with the same motif.

    Args:
        points: How many points agree.
        share: How many of the pairs within the outline agree, 0 to 1.

    >>> [round(confidence_of(points), 2) for points in (8, 10, 15, 40)]
    [0.58, 0.81, 0.97, 1.0]
    >>> round(confidence_of(40, 0.3), 2)
    0.6
    """
    if points <= 0:
        return 0.0
    return min(1.0, share / _FULL_SHARE) / (1 + exp(-_SLOPE * log(points / _HALF_POINTS)))
