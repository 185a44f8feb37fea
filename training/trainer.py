"""Trains a model on an image set: extracts, compares candidates, calibrates, fits on all pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.candidates import compare, compare_and_ask, only_candidate, parts, splits
from training.descriptors.cache import watched_cache
from training.descriptors.labelled import LabelledDescriptors
from training.economy import VERIFICATION, economical, export_s, verification_s
from training.evaluation.answers import NOT_RECOGNIZED, Asked, Questions, Served
from training.evaluation.choice import CorrectedAccuracy, Criterion, correct_for_choice
from training.evaluation.metrics import Metrics, measure
from training.gathering import extract_pictures, extract_sample, gather_descriptors
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.kept import LearnFromAll, beside_the_tests
from training.model import TrainedModel
from training.networks.checkpoints import open_run
from training.networks.run import ignore_line
from training.openset.heldout import (
    NEVER_HELD_OUT,
    calibrations_of,
    cross_calibrated,
    fold_numbers,
    held_out_scores,
    question_scores,
)
from training.openset.questions import asked_pictures
from training.openset.threshold import OpenSet, measure_open_set
from training.progress import Progress, silent
from training.recipe import Recipe
from training.search.comparison import Comparison, side_by_side
from training.search.cross_validation import cross_validate
from training.search.selection import best_of_each_kind, filled, merits_of
from training.search.workbench import Sizing, Workbench
from training.verification.learning import LearntVerification, gather_evidence, learn_verification
from vision.joined import mirror_of


def train(
    image_set: ImageSet,
    recipe: Recipe,
    cache: Path,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = silent,
    size_of: Sizing | None = None,
    outsiders: ImageSet | None = None,
    begun: float | None = None,
    *,
    tell: Callable[[str], None] = ignore_line,
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
        outsiders: Strangers that the user gives, see `read_outsiders`; None where there are none.
        begun: Value of `time.monotonic` from which the time budget counts; None: from now.
        tell: Called with a line after every epoch of a network, and where the cache cannot be written.
        checkpoints: Folder for networks in training; None takes one in the cache.

    Raises:
        TrainingError: When no model can be trained; the message says why.
    """
    if checkpoints:
        open_run(checkpoints, recipe.networks, image_set.fingerprint, seed)
    begun = time.monotonic() if begun is None else begun
    ends = begun + (recipe.search.time_budget_s or math.inf)
    bench = Workbench(
        seed,
        jobs,
        progress,
        cache / "searches",
        deadline=ends,
        size_of=size_of,
        with_networks=bool(recipe.networks),
        tell=tell,
        checkpoints=checkpoints,
    )
    with watched_cache(cache, tell), bench.halt.at_errors():
        return _trained(image_set, recipe, cache, bench, outsiders)


def _trained(
    image_set: ImageSet, recipe: Recipe, cache: Path, bench: Workbench, outsiders: ImageSet | None
) -> TrainedModel:
    seed, jobs, progress, ends = bench.seed, bench.jobs, bench.progress, bench.deadline
    pictures = len(image_set.pictures)
    if not recipe.extractors:
        extract = partial(extract_pictures, image_set, recipe, cache, jobs, progress)
        sample = partial(extract_sample, image_set, recipe, jobs, seed)
        recipe, bench, without = economical(recipe, pictures, bench, extract, sample)
        labelled = gather_descriptors(image_set, recipe, cache, seed, jobs, progress, outsiders)
        made = learn(labelled, recipe, _with_overhead(bench, recipe, pictures))
        return replace(made, left_out=(*without, *made.left_out))
    alone, found = recipe.by_extractor(), []
    for number, (title, each) in enumerate(alone.items()):
        labelled = gather_descriptors(image_set, each, cache, seed, jobs, progress, outsiders)
        left = max(0.0, ends - bench.clock()) / (len(alone) - number)  # in equal shares
        shared = replace(bench, deadline=bench.clock() + left)
        ready = _with_overhead(shared, each, pictures)
        found.append(compare(labelled, each, ready).of(title))
    comparison = side_by_side(found, recipe.search.by)
    chosen = alone[comparison.best.extractor]
    labelled = gather_descriptors(image_set, chosen, cache, seed, jobs, progress, outsiders)
    return learn(labelled, chosen, bench, comparison)


def _with_overhead(bench: Workbench, recipe: Recipe, pictures: int) -> Workbench:
    """Expects that what follows the search takes so long for so many pictures."""
    verification = verification_s(pictures, bench) if recipe.verification.exemplars else 0.0
    return replace(bench, overhead_s=export_s(pictures, bench) + verification)


def learn(
    labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench, comparison: Comparison | None = None
) -> TrainedModel:
    """Trains the best model of a recipe on descriptors; raises as `train` does.

    Args:
        labelled: The training data; without keypoints answers are not verified.
        recipe: What to try, and for how long.
        bench: Seed, processes, progress and cache.
        comparison: Of the recipe's candidates, those of other extractors among them; None compares them here.
    """
    bench = replace(bench, with_networks=bool(recipe.networks))
    only = comparison.best if comparison else only_candidate(recipe)
    with beside_the_tests(only, labelled, bench) as learn_from_all:
        return _learnt(labelled, recipe, bench, comparison, learn_from_all)


def _learnt(
    labelled: LabelledDescriptors,
    recipe: Recipe,
    bench: Workbench,
    comparison: Comparison | None,
    learn_from_all: LearnFromAll,
) -> TrainedModel:
    targets, seed = labelled.targets, bench.seed
    compared, answers = (comparison, None) if comparison else compare_and_ask(labelled, recipe, bench)
    chosen = compared.best
    folds, scores = _held_out(compared, labelled, recipe, bench)
    fold_of = fold_numbers(folds, len(targets))
    asked = np.flatnonzero(fold_of != NEVER_HELD_OUT)
    tested = labelled.with_photographs_of(asked)

    if answers is None:
        answers = question_scores(chosen, tested, folds, bench)
    strangers, photograph_scores = held_out_scores(
        chosen, tested, folds, recipe.validation.class_rounds, bench, answers
    )
    calibration, calibrations = calibrations_of(tested, scores, photograph_scores, strangers, fold_of)
    probabilities = cross_calibrated(scores, calibrations, fold_of)
    questions = asked_pictures(
        tested,
        probabilities,
        fold_of,
        (photograph_scores, calibrations),
        (strangers, calibration),
    )
    copies = calibration.probabilities(strangers.copies).max(axis=1) if len(strangers.copies) else np.zeros(0)
    alone = partial(measure_open_set, questions, strangers, recipe, copies)
    recipe, left_out = _verifiable(recipe, len(targets), bench)
    open_set, verification, served = _decided(labelled, folds, questions, alone, recipe, bench)
    kept = learn_from_all(chosen)
    return TrainedModel(
        recipe=recipe,
        labels=labelled.labels,
        candidate=chosen,
        encoder=kept.encoder,
        estimator=kept.estimator,
        calibration=calibration,
        standings=tuple(best_of_each_kind(compared.standings)),
        compared=compared.standings,
        candidate_count=compared.search.candidates - compared.search.left_out,
        search=compared.search,
        metrics=_metrics(labelled, probabilities, fold_of, recipe),
        corrected=_corrected(compared, labelled, asked, recipe.search.by, seed),
        probabilities=probabilities,
        folds=fold_of,
        open_set=open_set,
        served=served,
        verification=verification,
        descriptors=labelled.descriptors,
        features=kept.features[: len(targets)],
        seed=seed,
        left_out=left_out,
    )


def _verifiable(recipe: Recipe, pictures: int, bench: Workbench) -> tuple[Recipe, tuple[str, ...]]:
    """Leaves verification out of a recipe where it would end too late; says so."""
    last = replace(bench, overhead_s=export_s(pictures, bench))
    if not recipe.verification.exemplars or not last.is_too_late(verification_s(pictures, bench)):
        return recipe, ()
    return recipe.without_verification(), (VERIFICATION,)


def _held_out(
    compared: Comparison, labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench
) -> tuple[list[Split], NDArray[np.float64]]:
    """Returns the splits that calibration rests on, and the best candidate's scores of what they hold out."""
    folds = splits(labelled, recipe, bench.seed)
    if not recipe.validation.split:
        return folds, compared.scores[compared.best].scores
    dealt = parts(labelled, folds[0])
    ready = replace(bench, deadline=math.inf, size_of=None)
    [result] = cross_validate([compared.best], labelled, dealt, ready, "held out").values()
    return dealt, result.scores


def _metrics(
    labelled: LabelledDescriptors,
    probabilities: NDArray[np.float64],
    fold_of: NDArray[np.int64],
    recipe: Recipe,
) -> Metrics:
    """Measures what was held out; a share that was held out once counts as one fold."""
    asked = np.flatnonzero(fold_of != NEVER_HELD_OUT)
    folds = np.zeros(len(asked), np.int64) if recipe.validation.split else fold_of[asked]
    return measure(
        probabilities[asked], labelled.targets[asked], folds, labelled.labels, labelled.groups[asked]
    )


def _corrected(
    compared: Comparison, labelled: LabelledDescriptors, asked: NDArray[np.int64], by: Criterion, seed: int
) -> CorrectedAccuracy | None:
    scores = [filled(compared.scores[each.candidate].scores[asked]) for each in compared.standings]
    targets = labelled.targets[asked]
    right = np.array([each.argmax(axis=1) == targets for each in scores])
    merits = np.array([merits_of(each, targets, by) for each in scores])
    return correct_for_choice(right, merits, labelled.groups[asked], seed)


def _decided(
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    questions: Questions[Asked],
    alone: Callable[..., OpenSet],
    recipe: Recipe,
    bench: Workbench,
) -> tuple[OpenSet, LearntVerification | None, Served]:
    """Returns the threshold, how answers below it are verified, and what the model does once it is served.

    Where verification answers fewer than the recipe wants, the threshold gives way as it does without.
    """
    settings, evidence = recipe.verification, None
    if settings.exemplars and labelled.descriptors.keypoints is not None:
        mirror = mirror_of(recipe.create_extractor())
        # The stricter threshold is the higher one: what is compared for it is enough for both.
        highest = alone(verified=True).threshold
        evidence = gather_evidence(labelled, folds, questions, highest, settings, bench, mirror)
    if evidence:
        for strict in (True, False):
            open_set = alone(verified=strict)
            learnt, recognized = learn_verification(labelled, evidence, open_set.threshold, settings)
            served = Served.of(questions, recognized, open_set.drawn)
            answered = served.pictures.answered.value
            if not strict or answered >= recipe.rejection.min_kept:
                by_probability = questions.strangers.recognized(open_set.threshold)
                verified = (recognized.strangers != NOT_RECOGNIZED) & ~by_probability
                return replace(open_set, kept=answered, verified=verified), learnt, served
    open_set = alone()
    recognized = questions.each(lambda each: each.recognized_labels(open_set.threshold))
    return open_set, None, Served.of(questions, recognized, open_set.drawn)
