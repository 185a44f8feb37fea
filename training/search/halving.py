"""Chooses the candidates that are compared on all pictures: all of them, or by successive halving.

Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS
2016; the schedule is that of scikit-learn's `HalvingGridSearchCV` with pictures as the resource.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.errors import TrainingError
from training.evaluation.choice import Criterion
from training.imagesets.folds import Split
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores, cross_validate
from training.search.selection import ranked, stand
from training.search.workbench import Workbench

# Of three pictures of a class, two are left to train on when one fold is held out.
_PER_CLASS = 3


@dataclass(frozen=True)
class Round:
    """One round of a search.

    Attributes:
        pictures: Approximate number of training and test pictures.
        candidates: Number of candidates that were compared.
    """

    pictures: int
    candidates: int


@dataclass(frozen=True)
class Search:
    """The course of a search.

    Attributes:
        candidates: Number of candidates of the recipe.
        left_out: Number of those that were not compared because the time was over.
        rounds: The rounds; the last is on all pictures.
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
    by: Criterion = "accuracy",
) -> tuple[dict[Candidate, CandidateScores], Search]:
    """Scores the candidates that reach the last round, which is on all pictures.

    Args:
        candidates: What to try.
        labelled: All pictures.
        folds: Splits; earlier rounds train on a part of each training part, and test on the whole test part.
        factor: Each round keeps the best 1/factor for factor times as many pictures; 0 makes one round.
        bench: Seed, processes, progress, cache; no candidate is started that would end too late for its
            deadline. Rounds share the time evenly: each has fewer candidates and more pictures.
        by: What the candidates that are kept have the best of.
    """
    count, left = len(candidates), list(candidates)
    sizes = round_sizes(count, len(labelled.targets), len(labelled.labels), factor)
    left_out, rounds = 0, []
    for rest, size in zip(range(len(sizes), 1, -1), sizes, strict=False):
        part = [thinned(each, labelled.targets, size / len(labelled.targets), bench.seed) for each in folds]
        try:
            found = cross_validate(left, labelled, part, _shared(bench, rest), f"{size} pictures")
        except TrainingError:  # Too few descriptors for some codebook: the next round has more.
            continue
        rounds.append(Round(size, len(found)))
        left_out += len(left) - len(found)
        standings = ranked([stand(*each, labelled.targets, folds) for each in found.items()], by)
        left = [each.candidate for each in standings[: math.ceil(len(found) / factor)]]
    found = cross_validate(left, labelled, folds, bench)
    rounds.append(Round(len(labelled.targets), len(found)))
    return found, Search(count, left_out + len(left) - len(found), tuple(rounds))


def _shared(bench: Workbench, rounds: int) -> Workbench:
    """Gives a round its share of the time that is left for several."""
    if bench.deadline == math.inf:
        return bench
    now = bench.clock()
    return replace(bench, deadline=now + (bench.deadline - bench.overhead_s - now) / rounds, overhead_s=0.0)


def round_sizes(candidates: int, pictures: int, labels: int, factor: int) -> list[int]:
    """Computes the number of pictures of each round, ascending by a factor; the last is all of them.

    Adds rounds until fewer candidates than the factor are left, or pictures are too few for another.

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
    """Counts the divisions of a whole number by a factor until it is below the factor."""
    return 1 + _divisions(value // factor, factor) if value >= factor else 0


def thinned(split: Split, targets: NDArray[np.int64], share: float, seed: int) -> Split:
    """Reduces the training part of a split to a share of every class, at least two pictures each.

    The result is a part of the training part, so near duplicates stay on one side.
    """
    rng = np.random.default_rng(seed)
    kept = []
    for target in np.unique(targets[split.train]):
        pictures = rng.permutation(split.train[targets[split.train] == target])
        kept.append(pictures[: max(2, round(share * len(pictures)))])
    return replace(split, train=np.sort(np.concatenate(kept)))
