from __future__ import annotations

import numpy as np

from training.descriptors.extraction import DescriptorSet
from training.encoders.vlad import VladSettings

RANDOM = np.random.default_rng(0)


def test_some_pictures_are_encoded_as_they_are_among_all() -> None:
    rows = [RANDOM.integers(0, 256, (count, 8), np.uint8) for count in (5, 0, 7, 6)]
    descriptors = DescriptorSet.packed(rows, 8)
    encoder = VladSettings(words=3, components=4).fit(descriptors, np.arange(4), 0)
    every = encoder.encode(descriptors)
    np.testing.assert_array_equal(encoder.encode(descriptors, np.array([3, 1])), every[[3, 1]])
