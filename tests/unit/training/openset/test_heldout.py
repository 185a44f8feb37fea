"""Scores of left-out classes, by models that have not met them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.classifiers import ClassifierSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.logistic_regression import LogisticRegressionSettings
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.encoders.bovw import BovwSettings
from training.imagesets.folds import class_rounds, stratified_folds
from training.openset.heldout import held_out_scores, left_out_scores
from training.openset.threshold import Strangers
from training.search.attempt import Candidate
from training.search.selection import NEVER
from training.search.workbench import Workbench

CANDIDATE = Candidate(BovwSettings(words=6), LinearSvmSettings())
TARGETS = np.repeat(np.arange(5), 3)
RANDOM = np.random.default_rng(7)


def described(seed: int) -> list[np.ndarray]:
    """Thirty descriptors of each picture, around a point of its class."""
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 3, (5, 8))
    return [(points[each] + rng.normal(0, 1, (30, 8))).astype(np.float32) for each in TARGETS]


def labelled(pictures: list[np.ndarray], copies: list[np.ndarray] | None = None) -> LabelledDescriptors:
    packed = [DescriptorSet.packed(each, 8) for each in (pictures, copies) if each is not None]
    groups = np.arange(len(TARGETS))
    return LabelledDescriptors(packed[0], TARGETS, groups, tuple("abcde"), tuple(packed[1:]))


ROUNDS = class_rounds(TARGETS, 5, 0)


def test_a_label_alone_is_told_from_drawn_strangers_and_the_other_one_is_asked() -> None:
    two = np.flatnonzero(TARGETS < 2)
    drawn = DescriptorSet.packed([np.float32(each) for each in RANDOM.normal(9, 3, (10, 30, 8))], 8)
    taught = replace(labelled(described(0)).subset(two), strangers=drawn)
    folds = stratified_folds(taught.targets, taught.groups, 3, 0)

    def asked(classifier: ClassifierSettings, words: int = 6) -> Strangers:
        candidate = Candidate(BovwSettings(words=words), classifier)
        return held_out_scores(candidate, taught, folds, 5, Workbench(), np.zeros((10, 2)))[0]

    found = asked(LinearSvmSettings()).scores
    assert found.shape == (6 + 10, 2)
    is_left_out = taught.targets[:, None] == np.arange(2)
    assert found[:6][is_left_out].max() == NEVER < found[:6][~is_left_out].min()
    # Of two labels one answer leaves the rest to the other.
    assert len(asked(LogisticRegressionSettings()).scores) == 10
    # Half of the pictures may have fewer descriptors than there are words.
    assert len(asked(LinearSvmSettings(), 100).scores) == 10


def test_what_a_left_out_class_looks_like_changes_neither_encoder_nor_classifier() -> None:
    pictures = described(0)
    changed = [*pictures[:1], *described(1)[1:3], *pictures[3:]]  # two of three pictures of the first class
    before = left_out_scores(CANDIDATE, labelled(pictures), ROUNDS, Workbench())
    after = left_out_scores(CANDIDATE, labelled(changed), ROUNDS, Workbench())
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[3:], after[3:])  # the others are asked of models that learn from it


def test_copies_are_asked_about_behind_the_pictures() -> None:
    pictures, count = described(0), len(TARGETS)
    scores = left_out_scores(CANDIDATE, labelled(pictures, pictures), ROUNDS, Workbench())
    assert scores.shape == (2 * count, 5)
    np.testing.assert_allclose(scores[:count], scores[count:])
    is_left_out = TARGETS[:, None] == np.arange(5)
    assert scores[:count][is_left_out].max() < scores[:count][~is_left_out].min()
