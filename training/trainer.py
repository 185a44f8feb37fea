"""Trains a model on an image set: extracts, compares candidates, calibrates, fits on all pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classifiers import learn_classifier
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.labelled import LabelledDescriptors
from training.encoders import FittedEncoder
from training.errors import TrainingError
from training.evaluation.calibration import Calibration
from training.evaluation.metrics import Metrics, measure
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.imageset import ImageSet
from training.openset.heldout import calibrated, cross_calibrated, fold_numbers, stranger_scores
from training.openset.strangers import stranger_descriptors
from training.openset.threshold import OpenSet, measure_open_set
from training.progress import Progress, silent
from training.recipe import Recipe
from training.search.attempt import Candidate
from training.search.halving import Search, find_scores
from training.search.selection import Standing, best_of_each_kind, ranked, stand
from training.search.workbench import Sizing, Workbench
from training.threads import one_thread


@dataclass(frozen=True)
class TrainedModel:
    """A trained model with everything that was measured on the way.

    Attributes:
        recipe: The recipe that it was trained by.
        labels: In the order of the probabilities.
        candidate: The best encoder and classifier.
        encoder: Fitted on all pictures.
        estimator: The scikit-learn classifier, fitted on all pictures.
        calibration: Fitted on the scores of held-out pictures.
        standings: The best setting of every pair of encoder and classifier, best first.
        compared: Every setting that reached the last round, best first.
        candidate_count: Number of settings that were compared in any round.
        search: The course of the search.
        metrics: Cross-validated figures of the chosen candidate.
        probabilities: The cross-validated probabilities behind them, shape (pictures, labels).
        folds: The fold in which each picture was held out, int64.
        open_set: Known pictures against strangers.
        descriptors: Of all pictures.
        features: The encoder's vector of every picture, float32.
        seed: Seed of every random number.
    """

    recipe: Recipe
    labels: tuple[str, ...]
    candidate: Candidate
    encoder: FittedEncoder
    estimator: Any
    calibration: Calibration
    standings: tuple[Standing, ...]
    compared: tuple[Standing, ...]
    candidate_count: int
    search: Search
    metrics: Metrics
    probabilities: NDArray[np.float64]
    folds: NDArray[np.int64]
    open_set: OpenSet
    descriptors: DescriptorSet
    features: NDArray[np.float32]
    seed: int


def train(
    image_set: ImageSet,
    recipe: Recipe,
    cache: Path,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = silent,
    size_of: Sizing | None = None,
) -> TrainedModel:
    """Extracts descriptors and trains the best model of a recipe.

    Args:
        image_set: Labelled pictures.
        recipe: What to try.
        cache: Folder where descriptors and finished candidates are cached.
        seed: The same seed gives the same model.
        jobs: Number of threads and processes that work at a time.
        progress: Called for every stage.
        size_of: Measures the size of candidates' graphs; None measures nothing.

    Raises:
        TrainingError: When no model can be trained; the message says why.
    """
    extractor = recipe.create_extractor()
    descriptors = extract_descriptors(image_set, extractor, cache, jobs, progress)
    if not len(descriptors.values):
        raise TrainingError(f"{extractor.name} finds no keypoints in any picture of {image_set.root}")
    copies = tuple(
        extract_descriptors(image_set, extractor, cache, jobs, progress, each)
        for each in recipe.augmentation.distortions(seed)
    )
    strangers = stranger_descriptors(image_set, extractor, cache, seed, jobs)
    labelled = LabelledDescriptors(
        descriptors, image_set.targets, image_set.groups, image_set.labels, copies, strangers
    )
    return learn(labelled, recipe, Workbench(seed, jobs, progress, cache / "searches", size_of=size_of))


def learn(labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench) -> TrainedModel:
    """Trains the best model of a recipe on descriptors; raises as `train` does.

    Args:
        labelled: The training data.
        recipe: What to try, and for how long.
        bench: Seed, processes, progress and cache.
    """
    targets, seed = labelled.targets, bench.seed
    groups = separated_groups(targets, labelled.groups)
    folds = stratified_folds(targets, groups, recipe.validation.folds, seed)
    candidates = [Candidate(each, other) for each in recipe.encoders for other in recipe.classifiers]
    if recipe.search.time_budget_s:
        bench = replace(bench, deadline=time.monotonic() + recipe.search.time_budget_s)
    results, search = find_scores(candidates, labelled, folds, recipe.search.halving, bench)
    standings = ranked([stand(*each, targets, folds) for each in results.items()])
    chosen = standings[0].candidate
    scores = results[chosen].scores

    strangers = stranger_scores(chosen, labelled, folds, recipe.validation.class_rounds, bench)
    calibration = calibrated(scores, targets, strangers.scores)
    fold_of = fold_numbers(folds, len(targets))
    probabilities = cross_calibrated(scores, targets, strangers, fold_of)

    encoder, estimator, features = _learnt_from_all(chosen, labelled.unfolded(), seed)
    return TrainedModel(
        recipe=recipe,
        labels=labelled.labels,
        candidate=chosen,
        encoder=encoder,
        estimator=estimator,
        calibration=calibration,
        standings=tuple(best_of_each_kind(standings)),
        compared=tuple(standings),
        candidate_count=search.candidates - search.left_out,
        search=search,
        metrics=measure(probabilities, targets, fold_of, labelled.labels),
        probabilities=probabilities,
        folds=fold_of,
        open_set=measure_open_set(probabilities, targets, calibration, strangers, recipe.rejection),
        descriptors=labelled.descriptors,
        features=features[: len(targets)],
        seed=seed,
    )


def _learnt_from_all(
    chosen: Candidate, every: LabelledDescriptors, seed: int
) -> tuple[FittedEncoder, Any, NDArray[np.float32]]:
    with one_thread():
        encoder = chosen.encoder.fit(every.descriptors, np.arange(len(every.targets)), seed)
        features = encoder.encode(every.descriptors)
    return encoder, learn_classifier(chosen.classifier, features, every.targets, seed), features
