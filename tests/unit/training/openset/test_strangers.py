"""Drawn strangers, and photographs of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.graphs.extractors.color_moments import ColorMoments
from training.imagesets.imageset import ImageSet
from training.openset.strangers import kinds_of_drawn, stranger_descriptors

pytestmark = pytest.mark.slow


def test_a_photograph_of_each_follows_where_photographs_are_learnt_from(
    image_set: ImageSet, tmp_path: Path
) -> None:
    extractor = ColorMoments(side_px=32)
    drawn = stranger_descriptors(image_set, extractor, tmp_path, 0, 1)
    both = stranger_descriptors(image_set, extractor, tmp_path, 0, 2, photographed=True)
    assert (len(drawn), len(both)) == (80, 160)
    np.testing.assert_array_equal(both.values[:80], drawn.values)
    assert np.abs(both.values[80:] - drawn.values).max(axis=1).min() > 0
    again = stranger_descriptors(image_set, extractor, tmp_path, 0, 1, photographed=True)
    np.testing.assert_array_equal(again.values, both.values)


def test_a_photograph_is_of_the_kind_of_its_picture() -> None:
    kinds = kinds_of_drawn(160)
    np.testing.assert_array_equal(kinds[80:], kinds[:80])
