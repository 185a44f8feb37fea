"""Groups of labels: how often the one that is answered in place of a label is right."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bundle.hierarchy import GroupCounts, belongs
from training.evaluation.answers import NOT_RECOGNIZED
from training.model import TrainedModel
from training.report.mistakes import verified_labels
from vision.answers import reaches
from vision.hierarchy import Hierarchy


def group_answers(
    model: TrainedModel, targets: NDArray[np.int64], parents: Mapping[str, str]
) -> GroupCounts | None:
    """Counts the groups that are answered in place of labels; None where the labels have no groups.

    Args:
        model: The trained model.
        targets: Index of the label of every picture.
        parents: Parent of each label and group that has one.
    """
    if not parents:
        return None
    hierarchy, threshold = Hierarchy.of(parents, model.labels), model.open_set.threshold
    below = ~reaches(model.probabilities[model.asked].max(axis=1), threshold)
    unknown = below & (verified_labels(model)[model.asked] == NOT_RECOGNIZED)
    seen = model.descriptors.has_features
    found = {"right": 0, "wrong": 0, "none": 0}
    for picture in model.asked[unknown]:
        group = hierarchy.surest(model.probabilities[picture], threshold) if seen[picture] else None
        if group is None:
            found["none"] += 1
        else:
            is_right = belongs(model.labels[targets[picture]], group.name, parents)
            found["right" if is_right else "wrong"] += 1
    return GroupCounts(**found)
