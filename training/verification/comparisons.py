"""Pictures compared with other pictures of their label and with photographs, each pair once."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.progress import Progress, silent
from training.threads import one_thread
from vision.matching import MatchingSettings, find_agreement

ENOUGH_POINTS: Final = 25
"""From so many points on, a picture counts as covered by an exemplar."""
_MOST_POINTS: Final = 30
"""More points than these make nothing surer."""


class Pair(NamedTuple):
    """A picture that may become an exemplar, and what it is compared with.

    Attributes:
        exemplar: Number of the picture.
        shown: Number of the other picture.
        photographed: Whether it is compared with the photograph of the other one.
    """

    exemplar: int
    shown: int
    photographed: bool


class Found(NamedTuple):
    """What a pair has in common.

    Attributes:
        points: How many points agree.
        keypoints: Which keypoints of the exemplar they are.
    """

    points: int
    keypoints: NDArray[np.int64]

    @property
    def gain(self) -> float:
        """What it is worth that the exemplar verifies the other picture, 0 to 1."""
        return min(self.points, _MOST_POINTS) / _MOST_POINTS


class Comparisons:
    """What pairs of pictures have in common; each is compared once, however many folds ask.

    Args:
        labelled: Pictures and photographs with their keypoints.
        jobs: How many pairs are compared at a time.
    """

    def __init__(self, labelled: LabelledDescriptors, jobs: int) -> None:
        self.descriptors: DescriptorSet = labelled.descriptors
        self._photographs = labelled.photographs
        shown = labelled.photographs.pictures.tolist() if labelled.photographs else []
        self._photograph_of = {picture: number for number, picture in enumerate(shown)}
        self._jobs = jobs
        self._found: dict[Pair, Found] = {}

    def pairs(self, exemplars: Iterable[int], shown: Iterable[int]) -> list[Pair]:
        """Lists all pairs, each exemplar with pictures other than itself, and with every photograph."""
        others = list(shown)
        return [
            Pair(exemplar, other, photographed)
            for exemplar in exemplars
            for other in others
            for photographed in (False, True)
            if (other in self._photograph_of if photographed else other != exemplar)
        ]

    def compare(self, pairs: Iterable[Pair], progress: Progress = silent) -> None:
        """Compares those pairs that were not compared before."""
        wanted = [each for each in dict.fromkeys(pairs) if each not in self._found]
        # Two pictures are compared once, whichever of them may become the exemplar.
        missing = list({each if each.photographed else _ordered(each): None for each in wanted})
        with one_thread(), ThreadPoolExecutor(self._jobs) as pool:
            for done, (here, there) in enumerate(pool.map(self._compared, missing), 1):
                pair = missing[done - 1]
                self._found[pair] = here
                if not pair.photographed:
                    self._found[Pair(pair.shown, pair.exemplar, False)] = there
                progress("exemplars", done, len(missing))

    def __getitem__(self, pair: Pair) -> Found:
        return self._found[pair]

    def _compared(self, pair: Pair) -> tuple[Found, Found]:
        """Returns what each of the two has in common with the other."""
        picture = self.descriptors.view(pair.exemplar)
        if pair.photographed and self._photographs:
            photo = self._photographs.descriptors.view(self._photograph_of[pair.shown])
        else:
            photo = self.descriptors.view(pair.shown)
        agreement = find_agreement(
            picture.features,
            picture.size_px,
            photo.features,
            photo.size_px,
            self.descriptors.kind,
            MatchingSettings(guided=True),
        )
        here, there = (np.unique(each) for each in agreement.pairs[agreement.agrees].T)
        return Found(agreement.points, here), Found(agreement.points, there)


def _ordered(pair: Pair) -> Pair:
    return Pair(min(pair[:2]), max(pair[:2]), pair.photographed)
