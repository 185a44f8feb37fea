"""What held-out pictures say about scores: how strangers do, and what probabilities scores stand for."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.calibration import Calibration, learn_calibration
from training.folds import Split
from training.labelled import LabelledDescriptors
from training.search import Candidate, cross_validate
from training.selection import filled
from training.workbench import Workbench


def stranger_scores(
    chosen: Candidate, labelled: LabelledDescriptors, rounds: list[Split], bench: Workbench
) -> NDArray[np.float64]:
    """Scores of every picture when its class was left out.

    Returns:
        Shape (pictures, labels), a label that was left out far below all others; (0, labels) without rounds.
    """
    if not rounds:
        return np.zeros((0, len(labelled.labels)))
    # Whatever the time: without it, nothing would be known of what must be refused.
    ready = replace(bench, deadline=math.inf, size_of=None)
    [result] = cross_validate([chosen], labelled, rounds, ready, "strangers").values()
    return filled(result.scores)


def calibrated(
    scores: NDArray[np.float64], targets: NDArray[np.int64], strangers: NDArray[np.float64]
) -> Calibration:
    """The calibration that scores of held-out pictures and of strangers ask for.

    Args:
        scores: Of every picture when its label was learnt from others; NaN for labels that were not taught.
        targets: Their label indices.
        strangers: Scores of pictures whose class was left out; none where it could not be.
    """
    taught = ~np.isnan(scores[np.arange(len(targets)), targets])
    return learn_calibration(filled(scores)[taught], targets[taught], strangers)


def cross_calibrated(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: NDArray[np.float64],
    fold_of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Probabilities of each fold by a calibration that was learnt from the other folds."""
    probabilities = np.zeros_like(scores)
    for fold in np.unique(fold_of):
        asked = fold_of == fold
        rest = strangers[~asked] if len(strangers) else strangers
        calibration = calibrated(scores[~asked], targets[~asked], rest)
        probabilities[asked] = calibration.probabilities(filled(scores[asked]))
    return probabilities
