"""Scores to probabilities that mean what they say, for pictures of the labels and for strangers alike.

A softmax over scores with one more constant score, the background's (Dhamija et al., "Reducing Network
Agnostophobia", NeurIPS 2018, section 3, without its training of features); scaled by one sharpness as in
Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2. What the background gets is
spread evenly over the labels, because a stranger is none of them more than another. Two numbers for all
labels can be learnt from a few pictures per label, where two for each label cannot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

# How much a stranger weighs against a picture of a label: more of it lowers the probability of what is right.
_STRANGER_WEIGHT = 0.05
_SHARPNESS_RANGE = (1e-2, 1e3)


@dataclass(frozen=True)
class Calibration:
    """Softmax with a background.

    Attributes:
        sharpness: Factor of all scores, above 0.
        background: Score of being no label at all; None where it could not be learnt.
    """

    sharpness: float
    background: float | None

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of the labels, float64, shape (N, labels); each row sums to 1."""
        named, background = self.shares(scores)
        return np.asarray(named + background / scores.shape[1], np.float64)

    def shares(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What the softmax gives to the labels, shape (N, labels), and to the background, shape (N, 1)."""
        if self.background is not None:
            scores = np.column_stack([scores, np.full(len(scores), self.background)])
        powers = np.exp(self.sharpness * (scores - scores.max(axis=1, keepdims=True)))
        powers /= powers.sum(axis=1, keepdims=True)
        if self.background is None:
            return powers, np.zeros((len(powers), 1))
        return powers[:, :-1], powers[:, -1:]


def learn_calibration(
    scores: NDArray[np.float64], targets: NDArray[np.int64], strangers: NDArray[np.float64]
) -> Calibration:
    """The most likely sharpness and background.

    Args:
        scores: Of pictures that the classifier did not learn from, shape (N, labels).
        targets: Their labels' indices, shape (N,).
        strangers: Scores of pictures whose label was left out, shape (M, labels); M of 0 gives no background.
    """
    low, high = np.log(_SHARPNESS_RANGE)

    def of(point: NDArray[np.float64]) -> Calibration:
        sharpness = float(np.exp(np.clip(point[0], low, high)))
        return Calibration(sharpness, float(point[1]) if len(point) > 1 else None)

    def loss(point: NDArray[np.float64]) -> float:
        return _loss(of(point), scores, targets, strangers)

    middle = [float(np.median(strangers.max(axis=1)))] if len(strangers) else []
    starts = [np.array([np.log(sharpness), *middle]) for sharpness in (1.0, 5.0, 25.0)]
    found = [minimize(loss, start, method="Nelder-Mead", options={"maxiter": 400}) for start in starts]
    return of(min(found, key=lambda each: float(each.fun)).x)


def _loss(
    calibration: Calibration,
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: NDArray[np.float64],
) -> float:
    # Platt's smoothing (1999, section 2.2), or perfectly separated pictures would ask for endless sharpness.
    doubt = 1 / (len(scores) + 2)
    probabilities = np.log(np.maximum(calibration.probabilities(scores), 1e-12))
    right = probabilities[np.arange(len(targets)), targets].mean()
    loss = -((1 - doubt) * right + doubt * probabilities.mean())
    if len(strangers):
        _, background = calibration.shares(strangers)
        loss -= _STRANGER_WEIGHT * np.log(np.maximum(background, 1e-12)).mean()
    return float(loss)


def rejection_threshold(
    known: NDArray[np.float64],
    right: NDArray[np.bool_],
    strangers: NDArray[np.float64],
    false_accept_rate: float,
    min_kept: float,
) -> float:
    """The probability under which an answer is *not recognised*.

    Args:
        known: Highest probability of each picture whose label was learnt from other pictures.
        right: Whether its answer is right.
        strangers: Highest probability of each stranger.
        false_accept_rate: Share of strangers that may be taken for a label.
        min_kept: Share of known pictures that must be answered rightly, as far as the answers are right: a
            model that answers nothing refuses every stranger, and is of no use.

    Returns:
        The smallest threshold that keeps the rate, in the precision of the graph, or a smaller one where that
        would answer too few; where there are no strangers to measure it, the one under which that share of
        known pictures lies.
    """
    if not len(strangers):
        return float(np.quantile(known, false_accept_rate))
    falling = np.sort(strangers)[::-1]
    highest_refused = falling[int(false_accept_rate * len(falling))]
    # Just above it: an answer is given at or above the threshold.
    wanted = min(np.float32(1), np.nextafter(np.float32(highest_refused), np.float32(2)))
    rightly = np.sort(known[right])[::-1]
    if not len(rightly):
        return float(wanted)
    last_kept = rightly[min(len(rightly), max(1, math.ceil(min_kept * len(known)))) - 1]
    return float(min(wanted, np.nextafter(np.float32(last_kept), np.float32(0))))
