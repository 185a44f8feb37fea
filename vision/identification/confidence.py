"""How sure an identification is."""

from __future__ import annotations

from math import exp, log
from typing import Final

_SLOPE: Final = 5.0
_HALF_POINTS: Final = 7.5


def confidence_of(points: int) -> float:
    """Returns the probability that a work is in a photo, given how many points agree with one view of it.

    A logistic curve of the logarithm. On photographs of a museum, works that were not there agreed in up to
    7 points, works that were in 10 or more.

    >>> [round(confidence_of(points), 2) for points in (8, 10, 15, 40)]
    [0.58, 0.81, 0.97, 1.0]
    """
    if points <= 0:
        return 0.0
    return 1 / (1 + exp(-_SLOPE * log(points / _HALF_POINTS)))
