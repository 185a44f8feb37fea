"""Pairs of pictures that are alike: few of each, however many there are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.imagesets.alike import MOST_TRIED, Groups, alike_as_they_are, alike_without_borders
from training.imagesets.duplicates import near_duplicate_groups
from training.imagesets.looks import look_at

Pixels = NDArray[np.uint8]


def disc(number: int) -> Pixels:
    """A thing on white paper, alike to every other."""
    paper = np.full((60, 80, 3), 255, np.uint8)
    return np.asarray(cv2.circle(paper, (40, 30), 10, (number % 40, 90, 80), -1), np.uint8)


def test_a_picture_has_no_more_pairs_for_being_one_of_many() -> None:
    looks = [look_at(disc(number)) for number in range(4 * MOST_TRIED)]
    nearest = dict(alike_as_they_are(looks, Groups(len(looks))))
    assert len(nearest[0]) == len(looks) - 1  # all others are alike
    unmirrored = [each for each in alike_without_borders(looks, Groups(len(looks))) if not each.mirrored]
    assert len(unmirrored) <= MOST_TRIED * len(looks)


def test_copies_of_one_picture_are_compared_with_the_first_alone() -> None:
    noise = np.random.default_rng(0)
    scene = cv2.resize(noise.integers(0, 256, (8, 10, 3), np.uint8), (200, 150))
    burst = [np.clip(scene + noise.integers(-4, 5, scene.shape), 0, 255).astype(np.uint8) for _ in range(80)]
    groups, pairs = near_duplicate_groups([look_at(each) for each in burst])
    assert set(groups) == {0}
    assert pairs == [(0, other) for other in range(1, 80)]


def test_groups_are_named_by_their_first_picture() -> None:
    groups = Groups(5)
    groups.join(3, 4)
    groups.join(4, 1)
    assert groups.named.tolist() == [0, 1, 2, 1, 1]
    assert groups.others(1, np.array([0, 3, 2])).tolist() == [True, False, True]


def test_pictures_whose_groups_are_known_are_not_compared_again() -> None:
    looks = [look_at(disc(number)) for number in range(40)]
    known = np.array([*range(38), 0])
    groups = Groups(40, known)
    assert groups.named.tolist() == [*range(38), 0, 39]
    assert groups.are_settled(1, 2)
    assert not groups.are_settled(1, 39)
    nearest = dict(alike_as_they_are(looks, groups))
    assert nearest[1].tolist() == [39]
    assert len(nearest[39]) == 39
    assert {each.other for each in alike_without_borders(looks, groups)} == {39}
