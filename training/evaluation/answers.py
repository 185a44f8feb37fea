"""Counts how often a model answers rightly, wrongly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.evaluation.metrics import independent_count, share_interval
from vision.answers import reaches

NOT_RECOGNIZED: Final = -1
"""In place of a label: the picture is not recognised."""

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Share:
    """A share as two counts.

    Attributes:
        part: Number of those that are meant.
        count: Number of all.
        independent: Number of all that counts for the interval, near duplicates once; None for `count`.
    """

    part: int
    count: int
    independent: int | None = None

    @classmethod
    def of(cls, chosen: NDArray[np.bool_], groups: NDArray[np.int64] | None = None) -> Share:
        """Counts the chosen among all, bool, shape (N,); pictures of one group are near duplicates."""
        independent = None if groups is None else independent_count(groups)
        return cls(int(chosen.sum()), len(chosen), independent)

    @property
    def value(self) -> float:
        """The share, 0 to 1; 0 of nothing."""
        return self.part / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval at 95 %."""
        return share_interval(self.value, self.count if self.independent is None else self.independent)


@dataclass(frozen=True)
class Asked:
    """Pictures that a model had not seen, with its probabilities.

    Attributes:
        descriptors: Of each picture.
        probabilities: Shape (pictures, labels).
        folds: The fold in which each was asked about, int64.
        targets: Index of the right label of each, int64; None for strangers, which have none.
        groups: Group of each, int64; near duplicates share one. None where each stands alone.
    """

    descriptors: DescriptorSet
    probabilities: NDArray[np.float64]
    folds: NDArray[np.int64]
    targets: NDArray[np.int64] | None = None
    groups: NDArray[np.int64] | None = None

    @property
    def best(self) -> NDArray[np.int64]:
        """Index of the best label of each picture."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)

    @property
    def scores(self) -> NDArray[np.float64]:
        """Probability of the best label; 0 for a picture without features, as when the model is served."""
        highest = self.probabilities.max(axis=1, initial=0)
        return np.where(self.descriptors.has_features, highest, 0)

    def recognized(self, threshold: float) -> NDArray[np.bool_]:
        """Returns which pictures are recognised by probability alone."""
        return np.asarray(reaches(self.scores, threshold) & (self.scores > 0))

    def recognized_labels(self, threshold: float) -> NDArray[np.int64]:
        """Returns the label of each picture by probability alone, or `NOT_RECOGNIZED`; int64."""
        return np.where(self.recognized(threshold), self.best, NOT_RECOGNIZED)


@dataclass(frozen=True)
class Answers:
    """Answers about pictures of the labels.

    Attributes:
        right: Pictures whose best label is right, recognised or not.
        answered: Pictures that are recognised, and rightly.
        mistaken: Pictures that are recognised as something else.
    """

    right: Share
    answered: Share
    mistaken: Share

    @classmethod
    def of(cls, asked: Asked, recognized: NDArray[np.int64]) -> Answers:
        """Counts the answers about pictures with targets, given their labels, or `NOT_RECOGNIZED`."""
        right = np.where(recognized == NOT_RECOGNIZED, asked.best, recognized) == asked.targets
        each = (right, right & (recognized != NOT_RECOGNIZED), ~right & (recognized != NOT_RECOGNIZED))
        return cls(*(Share.of(chosen, asked.groups) for chosen in each))


@dataclass(frozen=True)
class Questions(Generic[T]):
    """One thing for each kind of picture that a model is asked about.

    Attributes:
        pictures: That of held-out pictures as they are.
        photographs: That of photographs of them; None where none were taken.
        strangers: That of strangers.
    """

    pictures: T
    photographs: T | None
    strangers: T

    @property
    def all(self) -> tuple[T, ...]:
        """All of them that there are."""
        return tuple(each for each in (self.pictures, self.photographs, self.strangers) if each is not None)

    def each(self, of: Callable[[T], S]) -> Questions[S]:
        """Applies a function to each."""
        photographs = None if self.photographs is None else of(self.photographs)
        return Questions(of(self.pictures), photographs, of(self.strangers))


@dataclass(frozen=True)
class Served:
    """How a served model answers about pictures that it had not seen.

    Attributes:
        pictures: Answers about the pictures as they are.
        photographs: Answers about photographs or moved copies of them, see `Photographs`; None where there
            are none.
        others_refused: Strangers that are not recognised, without drawn ones.
        drawn_refused: Drawn ones that are not recognised.
        answered_by_label: Pictures of each label that are recognised, and rightly.
    """

    pictures: Answers
    photographs: Answers | None
    others_refused: Share
    drawn_refused: Share
    answered_by_label: tuple[Share, ...]

    @property
    def refused(self) -> Share:
        """All strangers that are not recognised."""
        others, drawn = self.others_refused, self.drawn_refused
        return Share(others.part + drawn.part, others.count + drawn.count)

    @property
    def stated_refused(self) -> Share:
        """Strangers that are not recognised, as may be stated: drawn ones, which are easier, only alone."""
        return self.others_refused if self.others_refused.count else self.drawn_refused

    @classmethod
    def of(cls, asked: Questions[Asked], recognized: Questions[NDArray[np.int64]], drawn: int = 0) -> Served:
        """Counts the answers, given the label of each, and how many strangers are drawn; these come last."""
        photographs = None
        if asked.photographs is not None and recognized.photographs is not None:
            photographs = Answers.of(asked.photographs, recognized.photographs)
        pictures, refused = asked.pictures, recognized.strangers == NOT_RECOGNIZED
        right, others = recognized.pictures == pictures.targets, len(refused) - drawn
        groups = None if asked.strangers.groups is None else asked.strangers.groups[:others]
        labels = range(pictures.probabilities.shape[1])
        return cls(
            Answers.of(pictures, recognized.pictures),
            photographs,
            Share.of(refused[:others], groups),
            Share.of(refused[others:]),
            tuple(Share.of(right[pictures.targets == label]) for label in labels),
        )
