"""Which candidates are compared on how many pictures: all on all, or by successive halving.

Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS
2016; the schedule is that of scikit-learn's `HalvingGridSearchCV` with pictures as the resource.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.errors import TrainingError
from training.imagesets.folds import Split
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores, cross_validate
from training.search.selection import ranked, stand
from training.search.workbench import Workbench

# Of three pictures of a class, two are left to learn from when a fold is asked about.
_PER_CLASS = 3


@dataclass(frozen=True)
class Round:
    """One round of a search.

    Attributes:
        pictures: About how many were learnt from or asked about.
        candidates: How many candidates were compared.
    """

    pictures: int
    candidates: int


@dataclass(frozen=True)
class Search:
    """What a search did.

    Attributes:
        candidates: How many it was to compare.
        left_out: How many of them were not compared because the time was spent.
        rounds: The rounds, the last on all pictures.
    """

    candidates: int
    left_out: int
    rounds: tuple[Round, ...]


def find_scores(
    candidates: Sequence[Candidate],
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    factor: int,
    bench: Workbench,
) -> tuple[dict[Candidate, CandidateScores], Search]:
    """Scores of the candidates that came to the last round, which is on all pictures.

    Args:
        candidates: What to try.
        labelled: All pictures.
        folds: Splits; a round on fewer pictures learns from a part of each, and asks about all the rest.
        factor: Each round keeps the best 1/factor and learns from factor times as many; 0 makes one round.
        bench: How to work. Past its deadline no candidate is started.
    """
    count, left = len(candidates), list(candidates)
    sizes = round_sizes(count, len(labelled.targets), len(labelled.labels), factor)
    left_out, rounds = 0, []
    for size in sizes[:-1]:
        part = [thinned(each, labelled.targets, size / len(labelled.targets), bench.seed) for each in folds]
        try:
            found = cross_validate(left, labelled, part, bench, f"{size} pictures")
        except TrainingError:  # Too few for some codebook: the next round has more.
            continue
        rounds.append(Round(size, len(found)))
        left_out += len(left) - len(found)
        standings = ranked([stand(*each, labelled.targets, folds) for each in found.items()])
        left = [each.candidate for each in standings[: math.ceil(len(found) / factor)]]
    found = cross_validate(left, labelled, folds, bench)
    rounds.append(Round(len(labelled.targets), len(found)))
    return found, Search(count, left_out + len(left) - len(found), tuple(rounds))


def round_sizes(candidates: int, pictures: int, labels: int, factor: int) -> list[int]:
    """Pictures of each round, rising by a factor, the last one all.

    As many rounds as leave fewer candidates than the factor, or as there are pictures for.

    >>> round_sizes(candidates=60, pictures=4000, labels=19, factor=3)
    [148, 444, 1333, 4000]
    >>> round_sizes(candidates=60, pictures=4000, labels=19, factor=0)
    [4000]
    """
    if not factor:
        return [pictures]
    steps = min(_divisions(candidates, factor), _divisions(pictures // (_PER_CLASS * labels), factor))
    return [pictures // factor**power for power in reversed(range(steps + 1))]


def _divisions(value: int, factor: int) -> int:
    """How often a whole number can be divided by a factor before it is below it."""
    return 1 + _divisions(value // factor, factor) if value >= factor else 0


def thinned(split: Split, targets: NDArray[np.int64], share: float, seed: int) -> Split:
    """A split that learns from a share of every class only, at least from two pictures of it.

    What is learnt from is a part of what was, so that near duplicates stay on one side.
    """
    rng = np.random.default_rng(seed)
    kept = []
    for target in np.unique(targets[split.train]):
        pictures = rng.permutation(split.train[targets[split.train] == target])
        kept.append(pictures[: max(2, round(share * len(pictures)))])
    return Split(np.sort(np.concatenate(kept)), split.test)
