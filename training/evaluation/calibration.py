"""Calibration: turns scores into probabilities, for pictures of the labels and for strangers alike.

A softmax over the scores and one constant score, the background's (Dhamija et al., "Reducing Network
Agnostophobia", NeurIPS 2018, section 3, without its training of features), scaled by one sharpness as in
Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2. The background's share is
spread evenly over the labels, because a stranger belongs to none of them. Two numbers for all labels can be
fitted on a few pictures per label; two numbers for each label cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

# Weight of a stranger against a picture of a label: a higher one lowers the probability of right answers.
_STRANGER_WEIGHT = 0.05
_SHARPNESS_RANGE = (1e-2, 1e3)


@dataclass(frozen=True)
class Calibration:
    """Softmax with a background.

    Attributes:
        sharpness: Factor of all scores, above 0.
        background: Score of belonging to no label; None where there were no strangers to fit it on.
    """

    sharpness: float
    background: float | None

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Computes the labels' probabilities, float64, shape (N, labels); each row sums to 1."""
        named, background = self.shares(scores)
        return np.asarray(named + background / scores.shape[1], np.float64)

    def shares(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Computes the softmax of the labels, shape (N, labels), and of the background, shape (N, 1)."""
        if self.background is not None:
            scores = np.column_stack([scores, np.full(len(scores), self.background)])
        powers = np.exp(self.sharpness * (scores - scores.max(axis=1, keepdims=True)))
        powers /= powers.sum(axis=1, keepdims=True)
        if self.background is None:
            return powers, np.zeros((len(powers), 1))
        return powers[:, :-1], powers[:, -1:]


def learn_calibration(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: NDArray[np.float64],
    near: Calibration | None = None,
) -> Calibration:
    """Fits sharpness and background by maximum likelihood.

    Args:
        scores: Of held-out pictures, shape (N, labels).
        targets: Label indices of these pictures, shape (N,).
        strangers: Scores of strangers, shape (M, labels); M of 0 gives no background.
        near: A calibration of nearly the same scores, from which the best one is quickly found.
    """
    low, high = np.log(_SHARPNESS_RANGE)

    def of(point: NDArray[np.float64]) -> Calibration:
        sharpness = float(np.exp(np.clip(point[0], low, high)))
        return Calibration(sharpness, float(point[1]) if len(point) > 1 else None)

    lost = _loss(scores, targets, strangers)

    def loss(point: NDArray[np.float64]) -> float:
        return lost(of(point))

    middle = [float(np.median(strangers.max(axis=1)))] if len(strangers) else []
    starts = [np.array([np.log(sharpness), *middle]) for sharpness in (1.0, 5.0, 25.0)]
    if near and (near.background is None) == (not middle):
        starts = [np.array([np.log(near.sharpness), *([near.background] if middle else [])], np.float64)]
    found = [minimize(loss, start, method="Nelder-Mead", options={"maxiter": 400}) for start in starts]
    return of(min(found, key=lambda each: float(each.fun)).x)


def _loss(
    scores: NDArray[np.float64], targets: NDArray[np.int64], strangers: NDArray[np.float64]
) -> Callable[[Calibration], float]:
    """Returns the function to minimise; what stays the same in hundreds of its calls is computed once."""
    known, labels = scores.shape
    rows = np.arange(len(targets))
    values = np.empty((known + len(strangers), labels + bool(len(strangers))))
    values[:known, :labels], values[known:, :labels] = scores, strangers
    highest = values[:, :labels].max(axis=1, keepdims=True)
    # Platt's smoothing (1999, section 2.2): perfectly separated pictures would make the sharpness diverge.
    doubt = 1 / (known + 2)

    def lost(calibration: Calibration) -> float:
        top = highest
        if calibration.background is not None:
            values[:, labels] = calibration.background
            top = np.maximum(highest, calibration.background)
        powers = np.exp(calibration.sharpness * (values - top))
        powers /= powers.sum(axis=1, keepdims=True)
        shares = powers[:known, :labels]
        if calibration.background is not None:
            shares = shares + powers[:known, labels:] / labels
        logarithms = np.log(np.maximum(shares, 1e-12))
        loss = -((1 - doubt) * logarithms[rows, targets].mean() + doubt * logarithms.mean())
        if len(strangers):
            loss -= _STRANGER_WEIGHT * np.log(np.maximum(powers[known:, labels:], 1e-12)).mean()
        return float(loss)

    return lost
