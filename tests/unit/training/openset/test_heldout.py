"""Scores of left-out classes, by models that have not met them."""

from __future__ import annotations

import numpy as np

from training.classifiers.linear_svm import LinearSvmSettings
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.encoders.bovw import BovwSettings
from training.imagesets.folds import class_rounds
from training.openset.heldout import left_out_scores
from training.search.attempt import Candidate
from training.search.workbench import Workbench

CANDIDATE = Candidate(BovwSettings(words=6), LinearSvmSettings())
TARGETS = np.repeat(np.arange(5), 3)


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
