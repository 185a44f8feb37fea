from __future__ import annotations

import numpy as np

from training.imagesets.folds import class_rounds, separated_groups, stratified_folds

TARGETS = np.repeat(np.arange(4), 10)
GROUPS = np.arange(40) // 2


def test_every_picture_is_asked_about_once_and_no_group_is_torn() -> None:
    folds = stratified_folds(TARGETS, GROUPS, 5, seed=0)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(40))
    for fold in folds:
        assert not set(GROUPS[fold.train]) & set(GROUPS[fold.test])
        assert np.bincount(TARGETS[fold.test], minlength=4).min() >= 1


def test_makes_no_more_folds_than_a_class_has_pictures() -> None:
    assert len(stratified_folds(np.array([0, 0, 1, 1]), np.arange(4), 5, seed=0)) == 2


def test_a_class_of_copies_only_is_taken_apart() -> None:
    groups = separated_groups(np.array([0, 0, 0, 1, 1]), np.array([7, 7, 7, 1, 2]))
    assert len(set(groups)) == 5


def test_leaves_every_class_out_once_and_three_in() -> None:
    for classes in (4, 5, 19):
        targets = np.arange(2 * classes) % classes
        rounds = class_rounds(targets, 5, seed=0)
        assert sorted(np.concatenate([each.test for each in rounds])) == list(range(2 * classes))
        assert all(len(set(targets[each.train])) >= 3 for each in rounds)
        assert all(not set(targets[each.train]) & set(targets[each.test]) for each in rounds)
    assert class_rounds(np.array([0, 1, 2]), 5, seed=0) == []


def test_machines_that_refuse_drawn_strangers_are_taught_all_but_one_of_few_classes() -> None:
    for classes in (2, 3):
        targets = np.arange(3 * classes) % classes
        rounds = class_rounds(targets, 5, seed=0, refusing=True)
        assert [len(set(targets[each.test])) for each in rounds] == [1] * classes
        assert sorted(np.concatenate([each.test for each in rounds])) == list(range(3 * classes))
    for classes in (4, 5, 19):
        targets = np.arange(2 * classes) % classes
        for one, other in zip(
            class_rounds(targets, 2, 0), class_rounds(targets, 2, 0, refusing=True), strict=True
        ):
            np.testing.assert_array_equal(one.test, other.test)
    assert class_rounds(np.zeros(3, np.int64), 5, seed=0, refusing=True) == []
