"""Accuracy corrected for a choice: the best of many candidates is partly the luckiest one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import independent_count, share_interval

_ROUNDS: Final = 1000

Criterion: TypeAlias = Literal["accuracy", "macro_f1", "log_loss"]
"""The figure by which the best candidate is chosen."""


@dataclass(frozen=True)
class CorrectedAccuracy:
    """Accuracy of the chosen candidate on pictures that neither trained nor chose it.

    Attributes:
        candidates: Number of candidates that were chosen from.
        value: The accuracy, 0 to 1.
        interval: Its interval at 95 %, at least Wilson's: where all answers are right, no draw differs.
    """

    candidates: int
    value: float
    interval: tuple[float, float]


def correct_for_choice(
    right: NDArray[np.bool_], merits: NDArray[np.float64], groups: NDArray[np.int64], seed: int
) -> CorrectedAccuracy | None:
    """Bootstraps the choice: candidates are chosen on drawn groups, and measured on those not drawn.

    Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation", Machine Learning 107, 2018; groups are drawn in place of single pictures.

    Args:
        right: Whether each candidate was right about each held-out picture, the best candidate first, shape
            (candidates, pictures).
        merits: What each picture adds to the figure that candidates are chosen by, of the same shape.
        groups: Group of every picture; near duplicates share one.
        seed: Seed of the draws.

    Returns:
        None where there was nothing to choose.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    count = int(group_of.max()) + 1
    if len(right) < 2 or count < 2:
        return None
    sizes = np.bincount(group_of)
    right_of, merit_of = (
        np.stack([np.bincount(group_of, weights=each, minlength=count) for each in table])
        for table in (right, merits)
    )
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=_ROUNDS)
    chosen = (drawn @ merit_of.T).argmax(axis=1)
    rest = drawn == 0
    asked = rest @ sizes
    measured = (rest * right_of[chosen]).sum(axis=1)[asked > 0] / asked[asked > 0]
    value, (low, high) = float(measured.mean()), np.quantile(measured, (0.025, 0.975)).tolist()
    lowest, highest = share_interval(value, independent_count(groups))
    return CorrectedAccuracy(len(right), value, (min(low, lowest), max(high, highest)))
