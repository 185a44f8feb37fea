from __future__ import annotations

import numpy as np
import pytest

from training.descriptors.extraction import DescriptorSet
from training.encoders.vlad import VladSettings
from training.errors import TrainingError

RANDOM = np.random.default_rng(0)


def test_some_pictures_are_encoded_as_they_are_among_all() -> None:
    rows = [RANDOM.integers(0, 256, (count, 8), np.uint8) for count in (5, 0, 7, 6)]
    descriptors = DescriptorSet.packed(rows, 8)
    encoder = VladSettings(words=3, components=4).fit(descriptors, np.arange(4), 0)
    every = encoder.encode(descriptors)
    np.testing.assert_array_equal(encoder.encode(descriptors, np.array([3, 1])), every[[3, 1]])


def in_rows_at(places: np.ndarray, pictures: int) -> DescriptorSet:
    rows = [np.hstack([RANDOM.integers(0, 256, (len(places), 8)), places]) for _ in range(pictures)]
    return DescriptorSet.packed([each.astype(np.uint8) for each in rows], 10, has_positions=True)


def test_windows_are_asked_about_and_the_whole_picture_is_learnt_from() -> None:
    places = RANDOM.integers(0, 256, (40, 2))
    descriptors = in_rows_at(places, 3)
    in_windows = VladSettings(words=3, components=4, windows=True).fit(descriptors, np.arange(3), 0)
    whole = VladSettings(words=3, components=4).fit(descriptors, np.arange(3), 0).encode(descriptors)
    asked = in_windows.encode(descriptors)
    assert (np.linalg.norm(asked - whole, axis=1) > 0.01).all()
    some = in_windows.encode(descriptors, np.array([2, 0]), np.array([True, False]))
    np.testing.assert_array_equal(some, [whole[2], asked[0]])
    learnt, first = in_windows.encode_both(descriptors, 2)
    np.testing.assert_array_equal(learnt, whole)
    np.testing.assert_array_equal(first, asked[:2])


def test_windows_are_refused_where_descriptors_lie_elsewhere_in_every_picture() -> None:
    apart = DescriptorSet.joined([in_rows_at(RANDOM.integers(0, 256, (9, 2)), 1) for _ in range(2)])
    with pytest.raises(TrainingError, match="at the same places of every picture"):
        VladSettings(words=3, components=4, windows=True).fit(apart, np.arange(2), 0)
