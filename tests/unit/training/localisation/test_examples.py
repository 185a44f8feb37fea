"""What the localiser is trained on."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as pictures

from training.graphs.extractors.localiser import LOOK_PX
from training.localisation.examples import example


@pytest.fixture(scope="module")
def some() -> list[tuple[NDArray[np.uint8], NDArray[np.float64]]]:
    sources = [pictures.coffee(), pictures.brick()[..., None].repeat(3, axis=-1)]
    return [example(sources, np.random.default_rng([1, number])) for number in range(24)]


def test_the_same_seed_takes_the_same_photo(
    some: list[tuple[NDArray[np.uint8], NDArray[np.float64]]],
) -> None:
    sources = [pictures.coffee(), pictures.brick()[..., None].repeat(3, axis=-1)]
    photo, box = example(sources, np.random.default_rng([1, 5]))
    np.testing.assert_array_equal(photo, some[5][0])
    np.testing.assert_array_equal(box, some[5][1])


def test_boxes_lie_in_the_photo_and_some_are_all_of_it(
    some: list[tuple[NDArray[np.uint8], NDArray[np.float64]]],
) -> None:
    boxes = np.array([box for _, box in some])
    assert all(photo.shape == (LOOK_PX, LOOK_PX, 3) for photo, _ in some)
    assert boxes.min() >= 0
    assert boxes.max() <= 1
    assert (boxes[:, 2:] - boxes[:, :2] > 0.1).all()
    assert 0 < (boxes == (0, 0, 1, 1)).all(axis=1).sum() < len(boxes)
