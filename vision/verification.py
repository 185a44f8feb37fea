"""The rule of verified answers: points that agree on one view make up for a probability under the threshold.

A clear answer is not compared with anything. A doubtful one is compared with the exemplars of its best label
(`vision.matching.Exemplars.verify`), and stands or falls with what agrees.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vision.answers import Recognition, Verification, reaches
from vision.matching import Agreement


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


def verified_answer(found: Recognition, agreement: Agreement | None, least_points: int) -> Recognition:
    """Returns the answer after the comparison.

    Args:
        found: A doubtful answer.
        agreement: What the photo has in common with the exemplars of the best label; None where the label
            has none, which leaves the answer as it is.
        least_points: How many points must agree.
    """
    if agreement is None:
        return found
    verified = agreement.points >= least_points
    verification = Verification(verified, agreement.points, agreement.outline)
    return replace(found, is_recognized=verified, verification=verification)
