"""Trains a model on an image set: extracts, compares candidates, calibrates, fits on all pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classifiers import learn_classifier
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.encoders import FittedEncoder
from training.encoders.kept import learn_encoder
from training.evaluation.answers import Asked, Questions, Served
from training.evaluation.calibration import Calibration
from training.evaluation.choice import CorrectedAccuracy, Criterion, correct_for_choice
from training.evaluation.metrics import Metrics, measure
from training.gathering import gather_descriptors
from training.imagesets.folds import Split, separated_groups, stratified_folds
from training.imagesets.imageset import ImageSet
from training.networks.checkpoints import open_run
from training.networks.lesson import untold
from training.openset.heldout import (
    calibrated,
    cross_calibrated,
    cross_calibrations,
    fold_numbers,
    held_out_scores,
    with_others,
)
from training.openset.questions import asked_pictures
from training.openset.threshold import OpenSet, Strangers, measure_open_set
from training.progress import Progress, silent
from training.recipe import Recipe
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores
from training.search.halving import Search, find_scores
from training.search.selection import Standing, best_of_each_kind, filled, merits_of, ranked, stand
from training.search.workbench import Sizing, Workbench
from training.threads import one_thread
from training.verification.learning import LearntVerification, learn_verification


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
        corrected: Its accuracy, corrected for having been chosen; None where there was no choice.
        probabilities: The cross-validated probabilities behind them, shape (pictures, labels).
        folds: The fold in which each picture was held out, int64.
        open_set: Known pictures against strangers, by probability alone.
        served: The answers about held-out pictures, photographs of them, and strangers.
        verification: How undecided answers are verified; None where they are not.
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
    corrected: CorrectedAccuracy | None
    probabilities: NDArray[np.float64]
    folds: NDArray[np.int64]
    open_set: OpenSet
    served: Served
    verification: LearntVerification | None
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
    outsiders: ImageSet | None = None,
    *,
    tell: Callable[[str], None] = untold,
    checkpoints: Path | None = None,
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
        outsiders: Strangers that the user brings, see `read_outsiders`; None where there are none.
        tell: Called with a line after every epoch of a network.
        checkpoints: Folder for networks in training; None takes one in the cache.

    Raises:
        TrainingError: When no model can be trained; the message says why.
    """
    if checkpoints:
        open_run(checkpoints, recipe.networks, image_set.fingerprint, seed)
    labelled = gather_descriptors(image_set, recipe, cache, seed, jobs, progress, outsiders)
    bench = Workbench(
        seed, jobs, progress, cache / "searches", size_of=size_of, tell=tell, checkpoints=checkpoints
    )
    return learn(labelled, recipe, bench)


def learn(labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench) -> TrainedModel:
    """Trains the best model of a recipe on descriptors; raises as `train` does.

    Args:
        labelled: The training data; without keypoints answers are not verified.
        recipe: What to try, and for how long.
        bench: Seed, processes, progress and cache.
    """
    with bench.halt.at_errors():
        return _learn(labelled, recipe, replace(bench, with_networks=bool(recipe.networks)))


def _learn(labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench) -> TrainedModel:
    targets, seed = labelled.targets, bench.seed
    groups = separated_groups(targets, labelled.groups)
    folds = with_others(stratified_folds(targets, groups, recipe.validation.folds, seed), labelled.strangers)
    candidates = [Candidate(each, other) for each in recipe.encoders for other in recipe.classifiers]
    if recipe.search.time_budget_s:
        bench = replace(bench, deadline=time.monotonic() + recipe.search.time_budget_s)
    results, search = find_scores(candidates, labelled, folds, recipe.search.halving, bench, recipe.search.by)
    standings = ranked([stand(*each, targets, folds) for each in results.items()], recipe.search.by)
    chosen = standings[0].candidate
    scores = results[chosen].scores

    strangers, photograph_scores = held_out_scores(
        chosen, labelled, folds, recipe.validation.class_rounds, bench
    )
    fold_of = fold_numbers(folds, len(targets))
    calibration, calibrations = _calibrations(labelled, scores, photograph_scores, strangers, fold_of)
    probabilities = cross_calibrated(scores, calibrations, fold_of)
    questions = asked_pictures(
        labelled,
        probabilities,
        fold_of,
        (photograph_scores, calibrations),
        (strangers, calibration),
    )
    open_set = measure_open_set(questions, groups, strangers, recipe)
    verification, served = _verification(labelled, folds, questions, open_set, recipe, bench)
    encoder, estimator, features = _learnt_from_all(chosen, labelled.unfolded(), bench)
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
        metrics=measure(probabilities, targets, fold_of, labelled.labels, labelled.groups),
        corrected=_corrected(standings, results, labelled, recipe.search.by, seed),
        probabilities=probabilities,
        folds=fold_of,
        open_set=open_set,
        served=served,
        verification=verification,
        descriptors=labelled.descriptors,
        features=features[: len(targets)],
        seed=seed,
    )


def _corrected(
    standings: Sequence[Standing],
    results: Mapping[Candidate, CandidateScores],
    labelled: LabelledDescriptors,
    by: Criterion,
    seed: int,
) -> CorrectedAccuracy | None:
    scores = [filled(results[each.candidate].scores) for each in standings]
    right = np.array([each.argmax(axis=1) == labelled.targets for each in scores])
    merits = np.array([merits_of(each, labelled.targets, by) for each in scores])
    return correct_for_choice(right, merits, labelled.groups, seed)


def _calibrations(
    labelled: LabelledDescriptors,
    scores: NDArray[np.float64],
    photograph_scores: NDArray[np.float64],
    strangers: Strangers,
    fold_of: NDArray[np.int64],
) -> tuple[Calibration, list[Calibration]]:
    """Fits the model's calibration and that of each fold, on pictures as they are and photographs alike."""
    shown = labelled.photographs.pictures if labelled.photographs else np.zeros(0, np.int64)
    every = np.concatenate([scores, photograph_scores])
    targets, asked_in = (np.concatenate([each, each[shown]]) for each in (labelled.targets, fold_of))
    return calibrated(every, targets, strangers.scores), cross_calibrations(
        every, targets, strangers, asked_in
    )


def _verification(
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    questions: Questions[Asked],
    open_set: OpenSet,
    recipe: Recipe,
    bench: Workbench,
) -> tuple[LearntVerification | None, Served]:
    """Returns how answers are verified, where they are, and what the model does once it is served."""
    threshold, drawn = open_set.threshold, open_set.drawn
    if recipe.verification.exemplars and labelled.descriptors.keypoints is not None:
        found = learn_verification(labelled, folds, questions, threshold, recipe.verification, bench)
        if found:
            learnt, told = found
            return learnt, Served.of(questions, told, drawn)
    return None, Served.of(questions, questions.each(lambda each: each.told(threshold)), drawn)


def _learnt_from_all(
    chosen: Candidate, every: LabelledDescriptors, bench: Workbench
) -> tuple[FittedEncoder, Any, NDArray[np.float32]]:
    with one_thread():
        pictures = np.arange(len(every.targets))
        encoder, _ = learn_encoder(chosen.encoder, every.descriptors, pictures, bench.seed, bench.encoders)
        features = encoder.encode(every.descriptors)
    taught, others = features[: len(pictures)], features[len(pictures) :]
    lesson = bench.lesson("all pictures", every.groups)
    estimator = learn_classifier(chosen.classifier, taught, every.targets, bench.seed, others, lesson)
    return encoder, estimator, taught
