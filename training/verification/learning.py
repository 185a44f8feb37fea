"""Between which bounds answers are verified, from pictures that exemplars and models had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.answers import NOT_RECOGNIZED, Asked, Questions
from training.imagesets.folds import Split
from training.openset.strangers import are_mosaics
from training.search.workbench import Workbench
from training.sections import MAX_POINTS, VerificationSettings
from training.threads import one_thread
from training.verification.selection import exemplars_of_parts
from vision.answers import Recognition, ranked
from vision.matching import Agreement, Exemplars, Mirror
from vision.verification import LIKELIEST, is_doubtful, most_exemplars, verified_answer

_STRAY_SHARE: Final = 0.005
"""So many pictures may agree with a label that they do not show: a single one does not bind all others."""


@dataclass(frozen=True)
class LearntVerification:
    """How a model verifies undecided answers.

    Attributes:
        exemplars: Of all labels.
        least_points: So many points must agree.
        lowest_probability: Answers under it are not compared.
        stray_points: The most points in which a stranger, or a picture of another label, agreed with a label;
            mosaics apart.
        bare: Labels without exemplars, whose answers are never verified.
        unproven: Labels with a single picture, whose exemplar no other picture could prove.
        verified_labels: Label of each held-out picture that was recognised by points that agree, and not
            by its probability, int64, in their order; `NOT_RECOGNIZED` of the others.
    """

    exemplars: Exemplars
    least_points: int
    lowest_probability: float
    stray_points: int
    bare: tuple[str, ...]
    unproven: tuple[str, ...]
    verified_labels: NDArray[np.int64]

    @property
    def verified(self) -> NDArray[np.bool_]:
        """Which held-out pictures were recognised by points that agree, bool."""
        return np.asarray(self.verified_labels != NOT_RECOGNIZED)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What must be said of it: sentences."""
        found = []
        if self.bare:
            found.append(
                f"Without exemplars, and never verified: {', '.join(self.bare)} (too few keypoints). "
                "Nothing need be done where these are recognised; pictures with more detail help."
            )
        if self.unproven:
            found.append(
                f"A single picture, kept as exemplar though no other proves it: {', '.join(self.unproven)}. "
                "A second one would."
            )
        if self.stray_points >= self.least_points:
            found.append(
                f"Verification can be mistaken: a picture of something else agreed with a label in "
                f"{self.stray_points} points, {self.least_points} are enough. Is one thing under two labels?"
            )
        return tuple(found)


@dataclass(frozen=True)
class Verified:
    """Pictures of doubtful answers, compared with the exemplars of their likeliest labels.

    Attributes:
        asked: All pictures that were asked about.
        agreements: By the number of a picture and a label; None for a label without exemplars.
    """

    asked: Asked
    agreements: Mapping[tuple[int, int], Agreement | None]

    @property
    def stray_points(self) -> NDArray[np.int64]:
        """The most points in which each picture agreed with a label that it does not show; shape (N,)."""
        targets, stray = self.asked.targets, np.zeros(len(self.asked.scores), np.int64)
        for (number, label), found in self.agreements.items():
            if found and (targets is None or targets[number] != label):
                stray[number] = max(stray[number], found.points)
        return stray

    def below(self, threshold: float) -> Verified:
        """Returns the comparisons of pictures that are not recognised by probability alone."""
        sure = self.asked.recognized(threshold)
        doubtful = {key: found for key, found in self.agreements.items() if not sure[key[0]]}
        return replace(self, agreements=doubtful)

    def recognized_labels(
        self, threshold: float, lowest_probability: float, least_points: int
    ) -> NDArray[np.int64]:
        """Returns the label of each picture, or `NOT_RECOGNIZED`, by the rule that servers follow."""
        recognized = self.asked.recognized_labels(threshold)
        for number in np.flatnonzero(recognized == NOT_RECOGNIZED).tolist():
            answer = _unrecognized(self.asked, number)
            if is_doubtful(answer, lowest_probability):
                answer = verified_answer(answer, partial(self._agreement, number), least_points)
            if answer.is_recognized:
                recognized[number] = answer.ranking[0][0]
        return recognized

    def _agreement(self, number: int, label: int, most: int | None) -> Agreement | None:
        return self.agreements[number, label]  # found with so many exemplars


@dataclass(frozen=True)
class Evidence:
    """What was compared to learn how answers are verified.

    Attributes:
        exemplars: Of all labels.
        verified: Pictures, photographs and strangers that were compared.
    """

    exemplars: Exemplars
    verified: Questions[Verified]


def gather_evidence(
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    questions: Questions[Asked],
    threshold: float,
    settings: VerificationSettings,
    bench: Workbench,
    mirror: Mirror | None = None,
) -> Evidence | None:
    """Chooses exemplars, and compares pictures with them.

    Held-out pictures are compared with exemplars that were chosen from the training part of their fold alone;
    strangers, which show no label, with the final ones.

    Args:
        labelled: Pictures, photographs and strangers with their keypoints.
        folds: Which pictures are trained on, and which asked about.
        questions: What the models of the folds made of them.
        threshold: The probability at which nothing needs to be compared.
        settings: How many exemplars and keypoints, and the fewest points.
        bench: How to work.
        mirror: What the extractor would find in a mirrored picture; None where it cannot tell.

    Returns:
        None where no label has an exemplar.
    """
    parts = [*(each.train for each in folds), np.arange(len(labelled.targets))]
    *of_folds, every = exemplars_of_parts(labelled, parts, settings, bench, mirror)
    if not every.all:
        return None
    verified = Questions(
        verify(questions.pictures, of_folds, threshold, bench),
        verify(questions.photographs, of_folds, threshold, bench) if questions.photographs else None,
        verify(questions.strangers, [every] * len(of_folds), threshold, bench),
    )
    return Evidence(every, verified)


def learn_verification(
    labelled: LabelledDescriptors,
    evidence: Evidence,
    threshold: float,
    settings: VerificationSettings,
) -> tuple[LearntVerification, Questions[NDArray[np.int64]]]:
    """Learns between which bounds points decide.

    Args:
        labelled: The pictures.
        evidence: What was compared, with this threshold or a higher one.
        threshold: The probability at which nothing needs to be compared.
        settings: The fewest points.

    Returns:
        What was learnt, and the label of each question.
    """
    every, verified = evidence.exemplars, evidence.verified.each(lambda each: each.below(threshold))
    stray = _stray_points(verified, len(labelled.strangers) if labelled.strangers is not None else 0)
    least = _least_points(stray, settings.least_points)
    lowest = 1 / len(labelled.labels)  # Guessing: no answer is too doubtful for a comparison.
    recognized = verified.each(lambda each: each.recognized_labels(threshold, lowest, least))
    with_exemplars = {each.label for each in every.all}
    learnt = LearntVerification(
        every,
        least,
        lowest,
        int(stray.max(initial=0)),
        tuple(name for label, name in enumerate(labelled.labels) if label not in with_exemplars),
        tuple(
            name
            for label, name in enumerate(labelled.labels)
            if label in with_exemplars and (labelled.targets == label).sum() == 1
        ),
        np.where(verified.pictures.asked.recognized(threshold), NOT_RECOGNIZED, recognized.pictures),
    )
    return learnt, recognized


def _stray_points(verified: Questions[Verified], drawn: int) -> NDArray[np.int64]:
    """Returns in how many points each picture agreed with a label that it does not show.

    Mosaics are left out: several pieces of one picture agree with it, the more the fewer pictures there are.
    """
    of_strangers = verified.strangers.stray_points
    others = np.concatenate([np.ones(len(of_strangers) - drawn, np.bool_), ~are_mosaics(drawn)])
    asked = [each.stray_points for each in (verified.pictures, verified.photographs) if each is not None]
    return np.concatenate([*asked, of_strangers[others]])


def _least_points(stray: NDArray[np.int64], fewest: int) -> int:
    """Returns how many points must agree, so that hardly a picture is taken for what it does not show."""
    allowed = (each for each in range(fewest, MAX_POINTS) if (stray >= each).mean() <= _STRAY_SHARE)
    return next(allowed, MAX_POINTS)


def verify(asked: Asked, of_folds: Sequence[Exemplars], threshold: float, bench: Workbench) -> Verified:
    """Compares the pictures of doubtful answers with the exemplars of their likeliest labels.

    Args:
        asked: The pictures, with keypoints.
        of_folds: What each fold compares with.
        threshold: From this probability on, nothing is compared.
        bench: How to work.
    """
    doubtful = np.flatnonzero(~asked.recognized(threshold) & (asked.scores > 0)).tolist()
    questions = [
        (number, label, place)
        for number in doubtful
        for place, (label, _) in enumerate(_unrecognized(asked, number).ranking)
    ]

    def compare(question: tuple[int, int, int]) -> Agreement | None:
        number, label, place = question
        exemplars: Exemplars = of_folds[asked.folds[number]]
        view = asked.descriptors.view(number)
        return exemplars.verify(label, view.features, view.size_px, most_exemplars(place))

    keys = [(number, label) for number, label, _ in questions]
    with one_thread(), ThreadPoolExecutor(bench.jobs) as pool:
        return Verified(asked, dict(zip(keys, pool.map(compare, questions), strict=True)))


def _unrecognized(asked: Asked, number: int) -> Recognition:
    """Returns a picture's answer by probability alone, with the labels that it may be compared with."""
    probabilities = asked.probabilities[number]
    likely = ranked(probabilities, LIKELIEST)
    if asked.targets is None:  # A label that was left out has a probability of 0: the stranger does show it.
        likely = [label for label in likely if probabilities[label] > 0]
    ranking = tuple((label, float(probabilities[label])) for label in likely)
    return Recognition(ranking, float(asked.scores[number]), False)
