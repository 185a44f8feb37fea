"""Exemplars of a label: the few pictures that verify most others, and of each the keypoints found again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.search.workbench import Workbench
from training.sections import VerificationSettings
from training.verification.comparisons import ENOUGH_POINTS, Comparisons, Pair
from vision.extractors import LocalFeatures
from vision.matching import Exemplar, Exemplars, Mirror

_CANDIDATES: Final = 10
_SHOWN: Final = 10
"""Comparing them with each other and with their photographs takes most of the time of verification."""
_LEAST_GAIN: Final = 0.25
"""Of another exemplar; one that verifies a picture which no other does gains 1."""


def spread(
    pictures: NDArray[np.int64], keypoints: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Orders pictures so that the first ones say most: one of each group first, most keypoints first.

    Args:
        pictures: Numbers of pictures.
        keypoints: How many keypoints each picture has, by number.
        groups: Group of each picture, by number; near duplicates share one.

    >>> spread(np.array([0, 1, 2]), np.array([9, 8, 7]), np.array([5, 5, 6])).tolist()
    [0, 2, 1]
    """
    rich = pictures[np.argsort(-keypoints[pictures], kind="stable")]
    seen: dict[int, int] = {}
    turn = []
    for group in groups[rich].tolist():
        turn.append(seen.get(group, 0))
        seen[group] = turn[-1] + 1
    return np.asarray(rich[np.argsort(turn, kind="stable")], np.int64)


def pairs_of_label(
    pictures: NDArray[np.int64], comparisons: Comparisons, groups: NDArray[np.int64], least_points: int
) -> list[Pair]:
    """Lists what is compared to choose the exemplars of a label: bounded, however many pictures it has.

    Args:
        pictures: Numbers of its pictures.
        comparisons: Of the image set.
        groups: Group of every picture.
        least_points: A picture with fewer keypoints can verify nothing.
    """
    keypoints = np.diff(comparisons.descriptors.offsets)
    able = pictures[keypoints[pictures] >= least_points]
    candidates = spread(able, keypoints, groups)[:_CANDIDATES].tolist()
    shown = spread(pictures, keypoints, groups)[:_SHOWN].tolist()
    return comparisons.pairs(candidates, dict.fromkeys([*candidates, *shown]))


def choose_exemplars(
    label: int, pairs: list[Pair], comparisons: Comparisons, settings: VerificationSettings
) -> list[Exemplar]:
    """Chooses the exemplars of a label: a greedy cover of its pictures and their photographs.

    A picture covers its own photograph, too, so that one which no other verifies, another version of the work
    or a detail, becomes an exemplar while there is room.

    Args:
        label: Index of the label.
        pairs: What was compared, see `pairs_of_label`; none gives no exemplars.
        comparisons: With these pairs compared.
        settings: How many exemplars and keypoints.
    """
    by_candidate: dict[int, list[Pair]] = {}
    for pair in pairs:
        by_candidate.setdefault(pair.exemplar, []).append(pair)
    chosen: list[int] = []
    covered: set[tuple[int, bool]] = set()
    while len(chosen) < min(settings.exemplars, len(by_candidate)):
        gains = {
            candidate: sum(
                comparisons[pair].gain
                for pair in of_candidate
                if (pair.shown, pair.photographed) not in covered
            )
            for candidate, of_candidate in by_candidate.items()
            if candidate not in chosen
        }
        best = max(gains, key=lambda each: gains[each])
        if chosen and gains[best] < _LEAST_GAIN:
            break
        chosen.append(best)
        covered |= {
            (pair.shown, pair.photographed)
            for pair in by_candidate[best]
            if pair.shown == best or comparisons[pair].points >= ENOUGH_POINTS
        } | {(best, False)}
    return [_exemplar(label, by_candidate[each], comparisons, settings.keypoints) for each in chosen]


def _exemplar(label: int, pairs: list[Pair], comparisons: Comparisons, keypoints: int) -> Exemplar:
    view = comparisons.descriptors.view(pairs[0].exemplar)
    again = np.zeros(len(view.features), np.int64)
    for pair in pairs:
        again[comparisons[pair].keypoints] += 1
    kept = np.sort(np.argsort(-again, kind="stable")[:keypoints])
    features = LocalFeatures(view.features.descriptors[kept], view.features.keypoints[kept])
    return Exemplar(label, features, view.size_px)


def exemplars_of_parts(
    labelled: LabelledDescriptors,
    parts: Sequence[NDArray[np.int64]],
    settings: VerificationSettings,
    bench: Workbench,
    mirror: Mirror | None = None,
) -> list[Exemplars]:
    """Chooses the exemplars of all labels from each of several parts of the pictures."""
    comparisons = Comparisons(labelled, bench.jobs)
    labels = range(len(labelled.labels))
    pairs = [
        [
            pairs_of_label(
                part[labelled.targets[part] == label], comparisons, labelled.groups, settings.least_points
            )
            for label in labels
        ]
        for part in parts
    ]
    comparisons.compare(chain.from_iterable(chain.from_iterable(pairs)), bench.progress)
    return [
        Exemplars(
            tuple(
                chain.from_iterable(
                    choose_exemplars(label, of_part[label], comparisons, settings) for label in labels
                )
            ),
            labelled.descriptors.kind,
            mirror=mirror,
        )
        for of_part in pairs
    ]
