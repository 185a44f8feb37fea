"""Held-out pictures, photographs of them and strangers, with the probabilities that models gave them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.answers import Asked, Questions
from training.evaluation.calibration import Calibration
from training.openset.heldout import NEVER_HELD_OUT, cross_calibrated
from training.openset.threshold import Strangers
from training.search.selection import NEVER


def asked_pictures(
    labelled: LabelledDescriptors,
    probabilities: NDArray[np.float64],
    fold_of: NDArray[np.int64],
    photographs: tuple[NDArray[np.float64], Sequence[Calibration]],
    strangers: tuple[Strangers, Calibration],
) -> Questions[Asked]:
    """Collects everything that the models of the folds were tested on.

    Args:
        labelled: The training data, with photographs of held-out pictures alone.
        probabilities: Cross-validated, shape (pictures, labels).
        fold_of: The fold in which each picture was held out; those that never were are not asked about.
        photographs: Scores of the photographs, and the calibration of each fold.
        strangers: Scores of the strangers, and the calibration of the model.
    """
    asked = np.flatnonzero(fold_of != NEVER_HELD_OUT)
    descriptors = labelled.descriptors if len(asked) == len(fold_of) else labelled.descriptors.subset(asked)
    pictures = Asked(
        descriptors, probabilities[asked], fold_of[asked], labelled.targets[asked], labelled.groups[asked]
    )
    return Questions(
        pictures, _photographs(labelled, fold_of, *photographs), _strangers(labelled, *strangers)
    )


def _photographs(
    labelled: LabelledDescriptors,
    fold_of: NDArray[np.int64],
    scores: NDArray[np.float64],
    calibrations: Sequence[Calibration],
) -> Asked | None:
    if labelled.photographs is None:
        return None
    shown = labelled.photographs.pictures
    probabilities = cross_calibrated(scores, calibrations, fold_of[shown])
    return Asked(
        labelled.photographs.descriptors,
        probabilities,
        fold_of[shown],
        labelled.targets[shown],
        labelled.groups[shown],
    )


def _strangers(labelled: LabelledDescriptors, strangers: Strangers, calibration: Calibration) -> Asked:
    left_out = len(strangers.scores) > strangers.drawn + strangers.outsiders
    parts = [labelled.descriptors] if left_out else []
    parts += [labelled.outsiders] if labelled.outsiders is not None else []
    parts += [labelled.strangers] if labelled.strangers is not None else []
    descriptors = DescriptorSet.joined(parts) if parts else labelled.descriptors.subset(np.zeros(0, np.int64))
    probabilities = calibration.probabilities(strangers.scores)
    # A label that was left out is not among those that a stranger may be taken for.
    return Asked(
        descriptors,
        np.where(strangers.scores > NEVER, probabilities, 0),
        strangers.folds,
        groups=_stranger_groups(labelled, left_out=left_out),
    )


def _stranger_groups(labelled: LabelledDescriptors, *, left_out: bool) -> NDArray[np.int64]:
    """Groups left-out pictures and outsiders as they are; every drawn stranger stands alone."""
    parts = [labelled.groups] if left_out else []
    for each, known in ((labelled.outsiders, labelled.outsider_groups), (labelled.strangers, None)):
        if each is not None:
            parts.append(np.arange(len(each)) if known is None else known)
    groups = np.zeros(0, np.int64)
    for part in parts:
        groups = np.concatenate([groups, groups.max(initial=-1) + 1 + part])
    return groups
