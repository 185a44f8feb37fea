"""Between which bounds answers are verified, learnt from pictures that exemplars and models had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.answers import Asked, Questions
from training.imagesets.folds import Split
from training.recipe import MAX_POINTS, VerificationSettings
from training.search.workbench import Workbench
from training.threads import one_thread
from training.verification.comparisons import Comparisons
from training.verification.selection import choose_exemplars, pairs_of_label
from vision.answers import Recognition
from vision.matching import Agreement, Exemplars
from vision.verification import is_doubtful, verified_answer

_SPARE_POINTS: Final = 3


@dataclass(frozen=True)
class LearntVerification:
    """How a model verifies undecided answers.

    Attributes:
        exemplars: Of all labels.
        least_points: So many points must agree.
        lowest_probability: Answers under it are not compared.
        stray_points: The most points in which a stranger, or a picture of another label, agreed with a label.
        bare: Labels without exemplars, whose answers are never verified.
        unproven: Labels with a single picture, whose exemplar no other picture could prove.
        verified: Which held-out pictures were recognised by points that agree, bool, shape (pictures,).
    """

    exemplars: Exemplars
    least_points: int
    lowest_probability: float
    stray_points: int
    bare: tuple[str, ...]
    unproven: tuple[str, ...]
    verified: NDArray[np.bool_]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What must be said of it: sentences."""
        found = []
        if self.bare:
            found.append(
                f"Without exemplars, and never verified: {', '.join(self.bare)} (too few keypoints)."
            )
        if self.unproven:
            found.append(
                f"A single picture, kept as exemplar though no other proves it: {', '.join(self.unproven)}."
            )
        if self.stray_points >= self.least_points:
            found.append(
                f"Verification can be mistaken: a picture of something else agreed with a label in "
                f"{self.stray_points} points, {self.least_points} are enough. Is one thing under two labels?"
            )
        return tuple(found)


@dataclass(frozen=True)
class Verified:
    """Held-out pictures, compared with the exemplars of their best label.

    Attributes:
        asked: The pictures.
        agreements: With the best label of each; None where it has no exemplars.
        stray_points: The most points in which one of them agreed with a label that it does not show.
    """

    asked: Asked
    agreements: Sequence[Agreement | None]
    stray_points: int

    @property
    def points(self) -> NDArray[np.int64]:
        """How many points agree with the best label of each picture."""
        return np.array([each.points if each else 0 for each in self.agreements], np.int64)

    def recognized(self, threshold: float, lowest_probability: float, least_points: int) -> NDArray[np.bool_]:
        """Returns which pictures are recognised, by the rule that servers follow."""
        alone = self.asked.recognized(threshold)
        found = []
        for best, score, clear, agreement in zip(
            self.asked.best.tolist(), self.asked.scores.tolist(), alone.tolist(), self.agreements, strict=True
        ):
            answer = Recognition(((best, score),), score, clear)
            if is_doubtful(answer, lowest_probability):
                answer = verified_answer(answer, agreement, least_points)
            found.append(answer.is_recognized)
        return np.array(found, np.bool_)


def learn_verification(
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    questions: Questions[Asked],
    threshold: float,
    settings: VerificationSettings,
    bench: Workbench,
) -> tuple[LearntVerification, Questions[NDArray[np.bool_]]] | None:
    """Chooses exemplars, and learns between which bounds they decide.

    Held-out pictures are compared with exemplars that were chosen from the training part of their fold alone;
    strangers, which show no label, with the final ones.

    Args:
        labelled: Pictures, photographs and strangers with their keypoints.
        folds: Which pictures are learnt from, and which asked about.
        questions: What the models of the folds made of them.
        threshold: The probability at which nothing needs to be compared.
        settings: How many exemplars and keypoints, and the fewest points.
        bench: How to work.

    Returns:
        What was learnt, and which of the questions are recognised; None where no label has an exemplar.
    """
    parts = [*(each.train for each in folds), np.arange(len(labelled.targets))]
    *of_folds, every = exemplars_of_parts(labelled, parts, settings, bench)
    if not every.all:
        return None
    verified = Questions(
        verify(questions.pictures, of_folds, bench),
        verify(questions.photographs, of_folds, bench) if questions.photographs else None,
        verify(questions.strangers, [every] * len(of_folds), bench),
    )
    stray = max(each.stray_points for each in verified.all)
    least = min(MAX_POINTS, max(settings.least_points, stray + _SPARE_POINTS))
    lowest = _lowest_probability(verified, threshold, least, len(labelled.labels))
    recognized = verified.each(lambda each: each.recognized(threshold, lowest, least))
    with_exemplars = {each.label for each in every.all}
    learnt = LearntVerification(
        every,
        least,
        lowest,
        stray,
        tuple(name for label, name in enumerate(labelled.labels) if label not in with_exemplars),
        tuple(
            name
            for label, name in enumerate(labelled.labels)
            if label in with_exemplars and (labelled.targets == label).sum() == 1
        ),
        recognized.pictures & ~questions.pictures.recognized(threshold),
    )
    return learnt, recognized


def exemplars_of_parts(
    labelled: LabelledDescriptors,
    parts: Sequence[NDArray[np.int64]],
    settings: VerificationSettings,
    bench: Workbench,
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
        )
        for of_part in pairs
    ]


def verify(asked: Asked, of_folds: Sequence[Exemplars], bench: Workbench) -> Verified:
    """Compares pictures with the exemplars of their best label, and of the likeliest that they do not show.

    Args:
        asked: The pictures, with keypoints.
        of_folds: What each fold compares with.
        bench: How to work.
    """
    best = asked.best
    rival = best
    if asked.targets is not None:
        others = asked.probabilities.copy()
        others[np.arange(len(others)), asked.targets] = -1
        rival = others.argmax(axis=1)
    questions = [(number, label) for number in range(len(best)) for label in {best[number], rival[number]}]

    def compare(question: tuple[int, int]) -> Agreement | None:
        number, label = question
        exemplars: Exemplars = of_folds[asked.folds[number]]
        view = asked.descriptors.view(number)
        return exemplars.verify(label, view.features, view.size_px)

    with one_thread(), ThreadPoolExecutor(bench.jobs) as pool:
        found = dict(zip(questions, pool.map(compare, questions), strict=True))
    strays = (found[number, label] for number, label in enumerate(rival))
    return Verified(
        asked,
        [found[number, label] for number, label in enumerate(best)],
        max((each.points for each in strays if each), default=0),
    )


def _lowest_probability(
    verified: Questions[Verified], threshold: float, least_points: int, labels: int
) -> float:
    """The smallest probability at which a right answer was verified; no lower than guessing."""
    found = [threshold]
    for each in verified.all:
        if each.asked.targets is not None:
            right = (each.asked.best == each.asked.targets) & (each.points >= least_points)
            found += each.asked.scores[right].tolist()
    return min(threshold, max(1 / labels, min(found)))
