"""The whole way from an image set to a model: extract, compare, calibrate, learn from everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from training.calibration import Calibration, learn_calibration, rejection_threshold
from training.descriptors import DescriptorSet, extract_descriptors
from training.encoders import FittedEncoder, fit_encoder
from training.errors import TrainingError
from training.folds import Split, class_rounds, separated_groups, stratified_folds
from training.imageset import ImageSet
from training.metrics import Metrics, measure
from training.progress import Progress, silent
from training.recipe import Recipe
from training.search import Candidate, cross_validate
from training.selection import Standing, best_of_each_kind, filled, ranked, stand


@dataclass(frozen=True)
class OpenSet:
    """How known pictures and strangers are told apart, measured by leaving whole classes out.

    Attributes:
        threshold: The rejection threshold.
        known: Highest probability of every picture when its label was learnt from others, float64.
        strangers: Highest probability of every picture when its label was left out; empty for two labels.
        kept: Share of known pictures that are answered, and rightly.
        refused: Share of strangers that are refused.
    """

    threshold: float
    known: NDArray[np.float64]
    strangers: NDArray[np.float64]
    kept: float
    refused: float


@dataclass(frozen=True)
class TrainedModel:
    """What training found.

    Attributes:
        recipe: What was asked for.
        labels: In the order of the probabilities.
        candidate: The encoder and classifier that did best.
        encoder: Learnt from all pictures.
        estimator: The scikit-learn classifier, learnt from all pictures.
        calibration: Learnt from pictures that their model had not seen.
        standings: The best setting of every pair of encoder and classifier, best first.
        candidate_count: How many settings were compared.
        metrics: Cross-validated figures of the chosen candidate.
        probabilities: The cross-validated probabilities behind them, shape (pictures, labels).
        folds: The fold in which each picture was asked about, int64.
        open_set: Known pictures against strangers.
        descriptors: Of all pictures.
        features: The encoder's vector of every picture, float32.
        seed: What made everything random repeatable.
    """

    recipe: Recipe
    labels: tuple[str, ...]
    candidate: Candidate
    encoder: FittedEncoder
    estimator: Any
    calibration: Calibration
    standings: tuple[Standing, ...]
    candidate_count: int
    metrics: Metrics
    probabilities: NDArray[np.float64]
    folds: NDArray[np.int64]
    open_set: OpenSet
    descriptors: DescriptorSet
    features: NDArray[np.float32]
    seed: int


@dataclass(frozen=True)
class LabelledDescriptors:
    """What a model is learnt from: descriptors of every picture, its label's index and its group."""

    descriptors: DescriptorSet
    targets: NDArray[np.int64]
    groups: NDArray[np.int64]
    labels: tuple[str, ...]

    def subset(self, pictures: NDArray[np.int64]) -> LabelledDescriptors:
        """Some of the pictures; labels that none of them has are left out."""
        kept, targets = np.unique(self.targets[pictures], return_inverse=True)
        labels = tuple(self.labels[each] for each in kept)
        return LabelledDescriptors(self.descriptors.subset(pictures), targets, self.groups[pictures], labels)


def train(
    image_set: ImageSet,
    recipe: Recipe,
    cache: Path,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = silent,
) -> TrainedModel:
    """Extracts descriptors and learns the best model of a recipe.

    Args:
        image_set: Labelled pictures.
        recipe: What to try.
        cache: Folder where descriptors are kept.
        seed: The same seed gives the same model.
        jobs: How much is done at a time.
        progress: Told about every stage.

    Raises:
        TrainingError: When nothing can be learnt, saying why.
    """
    extractor = recipe.create_extractor()
    descriptors = extract_descriptors(image_set, extractor, cache, jobs, progress)
    if not len(descriptors.values):
        raise TrainingError(f"{extractor.name} finds no keypoints in any picture of {image_set.root}")
    labelled = LabelledDescriptors(descriptors, image_set.targets, image_set.groups, image_set.labels)
    return learn(labelled, recipe, seed, jobs, progress, cache / "searches")


def learn(
    labelled: LabelledDescriptors,
    recipe: Recipe,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = silent,
    kept: Path | None = None,
) -> TrainedModel:
    """Learns the best model of a recipe from descriptors; other arguments and errors as for `train`.

    Args:
        labelled: What is learnt from.
        recipe: What to try.
        seed: The same seed gives the same model.
        jobs: How much is done at a time.
        progress: Told about every stage.
        kept: Folder of finished work, where a search that was stopped goes on; None keeps nothing.
    """
    descriptors, targets = labelled.descriptors, labelled.targets
    groups = separated_groups(targets, labelled.groups)
    folds = stratified_folds(targets, groups, recipe.validation.folds, seed)
    candidates = [Candidate(each, other) for each in recipe.encoders for other in recipe.classifiers]
    results = cross_validate(candidates, descriptors, targets, folds, seed, jobs, progress, kept)
    standings = [stand(*pair, targets, folds) for pair in zip(candidates, results, strict=True)]
    chosen = ranked(standings)[0].candidate
    scores = results[candidates.index(chosen)].scores

    rounds = class_rounds(targets, recipe.validation.class_rounds, seed)
    strangers = _stranger_scores(chosen, labelled, rounds, seed, jobs, progress)
    calibration = _calibrated(scores, targets, strangers)
    fold_of = np.zeros(len(targets), np.int64)
    for number, fold in enumerate(folds):
        fold_of[fold.test] = number
    probabilities = _cross_calibrated(scores, targets, strangers, fold_of)

    with threadpool_limits(1):  # As in the search: one order of sums.
        encoder = fit_encoder(chosen.encoder, descriptors, np.arange(len(targets)), seed)
        features = encoder.encode(descriptors)
        estimator = chosen.classifier.fit(features, targets, seed)
    return TrainedModel(
        recipe=recipe,
        labels=labelled.labels,
        candidate=chosen,
        encoder=encoder,
        estimator=estimator,
        calibration=calibration,
        standings=tuple(best_of_each_kind(standings)),
        candidate_count=len(candidates),
        metrics=measure(probabilities, targets, fold_of, labelled.labels),
        probabilities=probabilities,
        folds=fold_of,
        open_set=_open_set(
            probabilities, targets, calibration, strangers, recipe.rejection.false_accept_rate
        ),
        descriptors=descriptors,
        features=features,
        seed=seed,
    )


def _stranger_scores(
    chosen: Candidate,
    labelled: LabelledDescriptors,
    rounds: list[Split],
    seed: int,
    jobs: int,
    progress: Progress,
) -> NDArray[np.float64]:
    if not rounds:
        return np.zeros((0, len(labelled.labels)))

    def strangers_progress(_: str, done: int, total: int) -> None:
        progress("strangers", done, total)

    [result] = cross_validate(
        [chosen], labelled.descriptors, labelled.targets, rounds, seed, jobs, strangers_progress
    )
    return filled(result.scores)


def _calibrated(
    scores: NDArray[np.float64], targets: NDArray[np.int64], strangers: NDArray[np.float64]
) -> Calibration:
    taught = ~np.isnan(scores[np.arange(len(targets)), targets])
    return learn_calibration(filled(scores)[taught], targets[taught], strangers)


def _cross_calibrated(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: NDArray[np.float64],
    fold_of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Probabilities of each fold by a calibration that was learnt from the other folds."""
    probabilities = np.zeros_like(scores)
    for fold in np.unique(fold_of):
        asked = fold_of == fold
        rest = strangers[~asked] if len(strangers) else strangers
        calibration = _calibrated(scores[~asked], targets[~asked], rest)
        probabilities[asked] = calibration.probabilities(filled(scores[asked]))
    return probabilities


def _open_set(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    calibration: Calibration,
    strangers: NDArray[np.float64],
    false_accept_rate: float,
) -> OpenSet:
    known = probabilities.max(axis=1)
    unknown = calibration.probabilities(strangers).max(axis=1) if len(strangers) else np.zeros(0)
    threshold = rejection_threshold(known, unknown, false_accept_rate)
    kept = (known >= threshold) & (probabilities.argmax(axis=1) == targets)
    refused = float((unknown < threshold).mean()) if len(unknown) else 0.0
    return OpenSet(threshold, known, unknown, float(kept.mean()), refused)
