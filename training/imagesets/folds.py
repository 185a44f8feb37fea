"""Splits that keep near duplicates on one side and every class in every part, as far as that can be."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

_FEWEST_TAUGHT = 3


@dataclass(frozen=True)
class Split:
    """Indices of the pictures that are learnt from and of those that are asked about, int64."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def separated_groups(targets: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups in which no class is a single group: such a class could never be learnt and asked about.

    Its pictures count as different ones then, which flatters that class.
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
    """Folds with about the same share of every class, and no group in two of them.

    Args:
        targets: Class of every picture, int64.
        groups: Group of every picture, int64.
        count: How many folds; fewer are made where no class has so many pictures.
        seed: Which of the equally good splits.
    """
    count = max(2, min(count, int(np.bincount(targets).max())))
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class with fewer pictures than folds is said by the image-set check.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        splits = list(splitter.split(targets, targets, groups))
    return [Split(train.astype(np.int64), test.astype(np.int64)) for train, test in splits if len(test)]


def class_rounds(targets: NDArray[np.int64], count: int, seed: int) -> list[Split]:
    """Splits whose test part holds classes that the training part has never seen.

    Every class is left out once. There are no rounds for three classes or fewer: between the two that would
    remain every score of one is minus that of the other, so that no picture is like neither.

    Args:
        targets: Class of every picture, int64.
        count: How many rounds at most.
        seed: Which classes are left out together.
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
