"""The bounds of verification, and what it does to answers that nobody would have been told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.answers import NOT_RECOGNIZED, Asked, Questions
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import Recipe
from training.search.workbench import Workbench
from training.sections import Rejection
from training.trainer import learn, train
from training.verification.learning import LearntVerification, gather_evidence, learn_verification

pytestmark = pytest.mark.slow

FOLDS = (Split(np.arange(1, 24, 2), np.arange(0, 24, 2)), Split(np.arange(0, 24, 2), np.arange(1, 24, 2)))


@pytest.fixture(scope="module")
def model(image_set: ImageSet, recipe: Recipe, view_cache: Path) -> TrainedModel:
    return train(image_set, recipe, view_cache)


def asked(gathered: LabelledDescriptors, probability: float) -> Questions[Asked]:
    """Models that are right about every picture, with one probability, and take strangers for astronauts."""
    assert gathered.photographs is not None
    assert gathered.strangers is not None
    sure = np.full((24, 4), (1 - probability) / 3)
    sure[np.arange(24), gathered.targets] = probability
    folds = np.arange(24) % 2
    unsure = np.tile([probability, *[(1 - probability) / 3] * 3], (80, 1))
    return Questions(
        Asked(gathered.descriptors, sure, folds, gathered.targets),
        Asked(gathered.photographs.descriptors, sure, folds, gathered.targets),
        Asked(gathered.strangers, unsure, np.arange(80) % 2),
    )


def verification(
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    questions: Questions[Asked],
    recipe: Recipe,
    threshold: float = 0.9,
    compared_at: float | None = None,
) -> tuple[LearntVerification, Questions[np.ndarray]]:
    settings, highest = recipe.verification, threshold if compared_at is None else compared_at
    evidence = gather_evidence(labelled, folds, questions, highest, settings, Workbench())
    assert evidence is not None
    return learn_verification(labelled, evidence, threshold, settings)


def learnt(
    gathered: LabelledDescriptors, recipe: Recipe, probability: float = 0.4, threshold: float = 0.9
) -> tuple[LearntVerification, Questions[np.ndarray]]:
    return verification(gathered, FOLDS, asked(gathered, probability), recipe, threshold)


def test_undecided_answers_are_told_where_points_agree(gathered: LabelledDescriptors, recipe: Recipe) -> None:
    rule, recognized = learnt(gathered, recipe)
    assert recognized.photographs is not None
    assert (recognized.pictures == gathered.targets).mean() >= 0.8
    assert (recognized.photographs == gathered.targets).mean() >= 0.5
    assert (recognized.strangers == NOT_RECOGNIZED).all()
    np.testing.assert_array_equal(rule.verified, recognized.pictures != NOT_RECOGNIZED)
    assert rule.least_points == 8 > rule.stray_points
    assert rule.doubts == ()


def test_a_label_that_is_not_the_likeliest_is_told_where_its_points_agree(
    gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    questions = asked(gathered, 0.4)
    wrong = questions.pictures.probabilities[:, [1, 2, 3, 0]]  # Each picture's right label has a low share.
    wrong[np.arange(24), gathered.targets] += 0.1
    pictures = replace(questions.pictures, probabilities=wrong)
    found = verification(gathered, FOLDS, replace(questions, pictures=pictures), recipe)
    assert (pictures.best != gathered.targets).all()
    assert (found[1].pictures == gathered.targets).mean() >= 0.8


def test_clear_answers_are_told_without_being_verified(gathered: LabelledDescriptors, recipe: Recipe) -> None:
    rule, recognized = learnt(gathered, recipe, threshold=0.3)
    assert (recognized.pictures == gathered.targets).all()
    assert (recognized.strangers == 0).any()  # Nothing is compared above the threshold.
    assert not rule.verified.any()


def test_comparisons_for_a_higher_threshold_are_enough_for_a_lower_one(
    gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    questions = asked(gathered, 0.4)
    mixed = questions.pictures.probabilities.copy()
    mixed[::2] = np.eye(4)[gathered.targets[::2]] * 0.8 + 0.05  # between the two thresholds
    questions = replace(questions, pictures=replace(questions.pictures, probabilities=mixed))
    rule, recognized = verification(gathered, FOLDS, questions, recipe, 0.7, compared_at=0.95)
    alone, same = verification(gathered, FOLDS, questions, recipe, 0.7)
    np.testing.assert_array_equal(recognized.pictures, same.pictures)
    np.testing.assert_array_equal(rule.verified, alone.verified)
    assert not rule.verified[::2].any()
    assert (rule.least_points, rule.stray_points) == (alone.least_points, alone.stray_points)


def test_every_answer_that_is_more_than_guessed_is_compared(
    gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    rule, recognized = learnt(gathered, recipe, probability=0.26)
    assert rule.lowest_probability == 0.25
    assert (recognized.pictures == gathered.targets).mean() >= 0.8


def test_exemplars_of_a_fold_come_from_its_training_part(
    gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    # Every astronaut is held out in the first fold: there nothing can verify one.
    first = np.flatnonzero(gathered.targets == 0)
    folds = (Split(np.arange(6, 24), first), Split(np.arange(6), np.arange(6, 24)))
    questions = asked(gathered, 0.4)
    pictures = replace(questions.pictures, folds=(np.arange(24) >= 6).astype(np.int64))
    found = verification(gathered, folds, replace(questions, pictures=pictures), recipe)
    assert (found[1].pictures[:6] == NOT_RECOGNIZED).all()
    assert {each.label for each in found[0].exemplars.all} == {0, 1, 2, 3}


def test_a_picture_whose_label_was_left_out_is_not_compared_with_that_label(
    gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    two = replace(gathered.subset(np.arange(12)), strangers=None)
    folds = tuple(Split(each.train[each.train < 12], each.test[each.test < 12]) for each in FOLDS)
    sure = np.where(np.eye(2)[two.targets] > 0, 0.6, 0.4)
    known = Asked(two.descriptors, sure, np.arange(12) % 2, two.targets)
    unmet = Asked(two.descriptors, np.where(sure == 0.6, 0, 0.6), np.arange(12) % 2)
    rule, recognized = verification(two, folds, Questions(known, None, unmet), recipe)
    assert rule.stray_points < 8
    assert (recognized.strangers == NOT_RECOGNIZED).all()


@pytest.mark.parametrize(("place", "counts"), [(0, True), (1, False)])
def test_a_mosaic_of_pieces_of_a_label_may_agree_with_it_and_a_scene_may_not(
    gathered: LabelledDescriptors, recipe: Recipe, place: int, counts: bool
) -> None:
    assert gathered.strangers is not None
    begins = gathered.strangers.subset(np.arange(place))
    like = [
        begins,
        gathered.descriptors.subset(np.array([0])),
        gathered.strangers.subset(np.arange(place + 1, 80)),
    ]
    agreeing = replace(gathered, strangers=DescriptorSet.joined(like))
    rule, _ = learnt(agreeing, recipe)
    assert (rule.least_points > 8, rule.stray_points > 8) == (counts, counts)


def test_one_thing_under_two_labels_is_told(gathered: LabelledDescriptors, recipe: Recipe) -> None:
    # Half of the astronauts are called chelsea.
    targets = gathered.targets.copy()
    targets[3:6] = 1
    mixed = replace(gathered, targets=targets)
    recognized, _ = learnt(mixed, recipe)
    assert recognized.least_points == 20
    assert "Is one thing under two labels?" in " ".join(recognized.doubts)


def test_a_label_with_one_picture_is_named(gathered: LabelledDescriptors, recipe: Recipe) -> None:
    few = gathered.subset(np.array([0, 6, 7, 8, 9]))
    folds = (Split(np.array([0, 1, 2]), np.array([3, 4])), Split(np.array([3, 4]), np.array([0, 1, 2])))
    probabilities = np.array([[0.5, 0.5]] * 5)
    shown = Asked(few.descriptors, probabilities, np.array([1, 1, 1, 0, 0]), few.targets)
    assert few.strangers is not None
    strangers = Asked(few.strangers, np.full((80, 2), 0.5), np.arange(80) % 2)
    found = verification(few, folds, Questions(shown, None, strangers), recipe)
    assert found[0].unproven == ("astronaut",)
    assert "kept as exemplar though no other proves it: astronaut" in " ".join(found[0].doubts)
    assert found[1].photographs is None


def test_without_keypoints_nothing_is_verified(gathered: LabelledDescriptors, recipe: Recipe) -> None:
    bare = gathered.descriptors.subset(np.zeros(0, np.int64))
    nothing = replace(bare, offsets=np.zeros(25, np.int64), sizes=np.full((24, 2), 240, np.float32))
    assert nothing.keypoints is not None
    labelled = replace(gathered, descriptors=nothing)
    questions = asked(gathered, 0.4)
    settings = recipe.verification
    assert gather_evidence(labelled, FOLDS, questions, 0.9, settings, Workbench()) is None


def test_a_trained_model_verifies_more_than_its_threshold_answers(
    model: TrainedModel, gathered: LabelledDescriptors
) -> None:
    assert model.verification is not None
    assert model.served.pictures.answered.value >= model.open_set.kept
    assert model.served.photographs is not None
    assert model.served.photographs.answered.part > 0
    assert model.served.refused.value >= 0.95
    assert len(model.verification.exemplars.to_bytes()) <= 60_000 * len(model.labels)


def test_the_threshold_gives_way_where_verification_answers_too_few(
    model: TrainedModel, gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    strict = recipe.verification.model_copy(update={"least_points": 20, "keypoints": 20})
    wanted = recipe.model_copy(
        update={"rejection": Rejection(false_accept_rate=0.0, min_kept=0.9), "verification": strict}
    )
    found = learn(gathered, wanted, Workbench())
    assert found.verification is not None
    assert found.open_set.threshold < model.open_set.threshold
    assert found.open_set.kept == found.served.pictures.answered.value


def test_the_same_seed_gives_the_same_model_on_any_number_of_processes(
    model: TrainedModel, gathered: LabelledDescriptors, recipe: Recipe
) -> None:
    again = learn(gathered, recipe, Workbench(jobs=2))
    assert again.encoder.graph == model.encoder.graph
    np.testing.assert_array_equal(again.estimator.coef_, model.estimator.coef_)
    np.testing.assert_array_equal(again.probabilities, model.probabilities)
    assert again.calibration == model.calibration
    assert model.verification is not None
    assert again.verification is not None
    assert again.verification.exemplars.to_bytes() == model.verification.exemplars.to_bytes()
    assert again.served == model.served
