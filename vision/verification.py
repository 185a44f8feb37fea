"""The rule of verified answers: points that agree on one view make up for a probability under the threshold.

A clear answer is not compared with anything. A doubtful one is compared with the exemplars of its likeliest
labels (`vision.matching.Exemplars.verify`), and stands or falls with what agrees: points on one view say more
than the order of low probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from vision.answers import Recognition, Verification, reaches
from vision.matching import Agreement

LIKELIEST: Final = 3
"""With so many labels a doubtful picture is compared, until one of them agrees."""
OF_OTHERS: Final = 2
"""So many exemplars of each label behind the likeliest are compared: the first ones cover most of it."""

Compare: TypeAlias = Callable[[int, int | None], Agreement | None]
"""Index of a label, and how many of its exemplars to compare with (None for all), to what is in common."""


def is_doubtful(found: Recognition, lowest_probability: float) -> bool:
    """Tells whether an answer is to be verified: not recognised, but not without hope.

    Args:
        found: The answer by probability alone. Without features nothing can be compared.
        lowest_probability: Answers under it are not worth a comparison, 0 to 1.

    >>> is_doubtful(Recognition(((2, 0.4),), 0.4, False), 0.1)
    True
    """
    seen_something = found.score > 0
    near_enough = reaches(np.array([found.score]), lowest_probability)[0]
    return bool(not found.is_recognized and seen_something and near_enough)


def most_exemplars(place: int) -> int | None:
    """Returns with how many exemplars of the label in this place of the ranking a picture is compared."""
    return None if place == 0 else OF_OTHERS


def verified_answer(found: Recognition, compare: Compare, least_points: int) -> Recognition:
    """Compares a picture with its likeliest labels, and returns the answer after that.

    Args:
        found: A doubtful answer, with at least `LIKELIEST` labels ranked, where the model has as many.
        compare: Tells what the picture has in common with the exemplars of a label; None for a label without
            any.
        least_points: How many points must agree.

    Returns:
        The first label that enough points agree with, ranked first; else the answer as it was, with what the
        likeliest label has in common.
    """
    refused = found
    for place, (label, probability) in enumerate(found.ranking[:LIKELIEST]):
        agreement = compare(label, most_exemplars(place))
        if agreement is None:
            continue
        if agreement.points >= least_points:
            ranking = ((label, probability), *found.ranking[:place], *found.ranking[place + 1 :])
            verification = Verification(True, agreement.points, agreement.outline)
            return Recognition(ranking, probability, True, verification)
        if place == 0:
            refused = replace(found, verification=Verification(False, agreement.points, agreement.outline))
    return refused
