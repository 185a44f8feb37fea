"""Splits that keep near duplicates on one side and, where possible, every class in every part."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

_FEWEST_TAUGHT = 3


@dataclass(frozen=True)
class Split:
    """What is learnt from and what is asked about.

    Attributes:
        train: Indices of the training pictures, int64.
        test: Indices of the held-out test pictures, int64.
        others: Indices of the drawn strangers that classifiers learn to refuse, int64; by default none.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    others: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def separated_groups(targets: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Breaks up the group of a class that has only one, which could not be trained on and tested.

    Its pictures then count as different ones, which makes that class look better than it is.
    """
    result = groups.copy()
    free = int(groups.max()) + 1
    for target in np.unique(targets):
        of_class = np.flatnonzero(targets == target)
        if len(np.unique(groups[of_class])) == 1:
            result[of_class] = free + np.arange(len(of_class))
            free += len(of_class)
    return result


def stratified_folds(
    targets: NDArray[np.int64], groups: NDArray[np.int64], count: int, seed: int
) -> list[Split]:
    """Makes folds with about the same share of every class, and no group in two of them.

    Args:
        targets: Class of every picture, int64.
        groups: Group of every picture, int64.
        count: Number of folds; fewer are made where no class has so many pictures.
        seed: Chooses among equally good splits.
    """
    count = max(2, min(count, int(np.bincount(targets).max())))
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # The image-set check reports classes with fewer pictures than folds.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        splits = list(splitter.split(targets, targets, groups))
    return [Split(train.astype(np.int64), test.astype(np.int64)) for train, test in splits if len(test)]


def class_rounds(targets: NDArray[np.int64], count: int, seed: int) -> list[Split]:
    """Makes splits that leave out whole classes: the test part has the classes missing in training.

    Every class is left out once. Three classes or fewer have no rounds: with the two that remain, the score
    of one is minus that of the other, so no picture could be unlike both.

    Args:
        targets: Class of every picture, int64.
        count: Greatest number of rounds.
        seed: Chooses the classes that are left out together.
    """
    classes = np.unique(targets)
    if len(classes) <= _FEWEST_TAUGHT:
        return []
    shuffled = np.random.default_rng(seed).permutation(classes)
    rounds = max(min(count, len(classes)), math.ceil(len(classes) / (len(classes) - _FEWEST_TAUGHT)))
    splits = []
    for left_out in np.array_split(shuffled, rounds):
        unknown = np.isin(targets, left_out)
        splits.append(Split(np.flatnonzero(~unknown), np.flatnonzero(unknown)))
    return splits
