"""Splits that keep near duplicates on one side and, where possible, every class in every part."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

_FEWEST_TAUGHT = 3
"""Labels that stay, where answers share one probability: of two, one is as likely as the other is not."""


@dataclass(frozen=True)
class Split:
    """What is trained on and what is asked about.

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


def held_out_split(targets: NDArray[np.int64], groups: NDArray[np.int64], share: float, seed: int) -> Split:
    """Holds out about a share of every class, groups as a whole; each class on both sides if it can be.

    Args:
        targets: Class of every picture, int64.
        groups: Group of every picture, int64.
        share: Share to hold out, above 0 and below 1.
        seed: Chooses the pictures.
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(len(targets), np.bool_)
    decided = set[int]()
    for target in np.unique(targets):
        of_class = targets == target
        wanted = max(1, round(share * int(of_class.sum())))
        own = rng.permutation(np.unique(groups[of_class]))
        free = [int(each) for each in own if each not in decided]
        for place, group in enumerate(free):
            decided.add(group)
            size = int((of_class & (groups == group)).sum())
            kept = bool((of_class & ~held).sum() > size)  # something is left to learn from
            still = wanted - int((of_class & held).sum())
            last = place == len(free) - 1 and not (of_class & held).any()
            if kept and (2 * still > size or last):
                held |= groups == group
    return Split(np.flatnonzero(~held), np.flatnonzero(held))


def parted(split: Split, targets: NDArray[np.int64], groups: NDArray[np.int64], count: int) -> list[Split]:
    """Deals the test part of a split to several with the same training part; groups stay together.

    Args:
        split: The split.
        targets: Class of every picture, int64.
        groups: Group of every picture, int64.
        count: Number of parts; fewer where there are fewer groups.
    """
    order = split.test[np.lexsort((groups[split.test], targets[split.test]))]
    _, first, number = np.unique(groups[order], return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))[number]  # of its group, class by class
    found = [Split(split.train, np.sort(order[place % count == part])) for part in range(count)]
    return [each for each in found if len(each.test)]


def class_rounds(targets: NDArray[np.int64], count: int, seed: int, *, refusing: bool = False) -> list[Split]:
    """Makes splits that leave out whole classes: the test part has the classes missing in training.

    Every class is left out once, and three at least stay: with two, the score of one is minus that of the
    other, so no picture could be unlike both. Machines that learn to refuse drawn strangers can be unlike any
    number: of three classes or two they are taught all but one.

    Args:
        targets: Class of every picture, int64.
        count: Greatest number of rounds.
        seed: Chooses the classes that are left out together.
        refusing: Whether the classifier learns to refuse drawn strangers.
    """
    classes = np.unique(targets)
    fewest = min(_FEWEST_TAUGHT, len(classes) - 1) if refusing else _FEWEST_TAUGHT
    if len(classes) <= max(1, fewest):
        return []
    shuffled = np.random.default_rng(seed).permutation(classes)
    rounds = max(min(count, len(classes)), math.ceil(len(classes) / (len(classes) - fewest)))
    splits = []
    for left_out in np.array_split(shuffled, rounds):
        unknown = np.isin(targets, left_out)
        splits.append(Split(np.flatnonzero(~unknown), np.flatnonzero(unknown)))
    return splits
