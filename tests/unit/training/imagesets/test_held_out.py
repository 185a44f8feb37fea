"""One share of the pictures held out, in place of folds."""

from __future__ import annotations

import numpy as np
import pytest

from training.imagesets.folds import held_out_split, parted


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_holds_out_a_share_of_each_class_and_whole_groups(share: float) -> None:
    random = np.random.default_rng(0)
    targets = np.repeat(np.arange(6), 40)
    groups = np.arange(240) - random.integers(0, 3, 240) * (np.arange(240) % 40 > 3)
    for seed in range(5):
        split = held_out_split(targets, groups, share, seed)
        assert sorted([*split.train, *split.test]) == list(range(240))
        assert not set(groups[split.train]) & set(groups[split.test])
        counts = np.bincount(targets[split.test], minlength=6)
        assert np.abs(counts - 40 * share).max() <= 2
    assert not np.array_equal(split.test, held_out_split(targets, groups, share, 0).test)


def test_small_classes_are_on_both_sides() -> None:
    targets = np.array([0, 0, 1, 1, 1, 1, 2, 2, 2])
    groups = np.array([0, 1, 2, 2, 2, 3, 4, 4, 5])
    for seed in range(20):
        split = held_out_split(targets, groups, 0.2, seed)
        assert set(targets[split.train]) == set(targets[split.test]) == {0, 1, 2}


def test_a_group_of_two_classes_is_on_one_side() -> None:
    targets, groups = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 2, 3, 4])
    for seed in range(20):
        split = held_out_split(targets, groups, 0.34, seed)
        assert (2 in split.test) == (3 in split.test)


def test_held_out_pictures_are_dealt_to_parts_with_one_training_part() -> None:
    targets, groups = np.repeat(np.arange(4), 20), np.arange(80) // 2
    split = held_out_split(targets, groups, 0.5, 0)
    parts = parted(split, targets, groups, 3)
    assert sorted(np.concatenate([each.test for each in parts])) == sorted(split.test)
    assert all(np.array_equal(each.train, split.train) for each in parts)
    assert {len(set(targets[each.test])) for each in parts} == {4}
    sides = [set(groups[each.test]) for each in parts]
    assert not sides[0] & sides[1] | sides[1] & sides[2] | sides[0] & sides[2]
