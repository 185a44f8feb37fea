"""Grey, edges, corners, blobs and scales of pictures whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.inspection.gray import binarised, luma
from vision.inspection.scale_space import scale_space
from vision.inspection.structure import blobs, corners, edges


@pytest.fixture
def square() -> NDArray[np.uint8]:
    """A white square from 40, 30 to 119, 89 on black."""
    picture = np.zeros((120, 160), np.uint8)
    picture[30:90, 40:120] = 255
    return picture


def test_grey_is_the_luma_of_television() -> None:
    assert luma(np.array([[[200, 100, 50]]], np.uint8)).tolist() == [[round(59.8 + 58.7 + 5.7)]]


def test_light_is_divided_from_dark_between_two_heaps() -> None:
    random = np.random.default_rng(0)
    dark, light = random.normal(60, 8, (50, 50)), random.normal(190, 8, (50, 50))
    found = binarised(np.hstack([dark, light]).astype(np.uint8))
    assert 80 < found.level < 170
    assert found.light.mean() == 0.5


def test_edges_lie_along_the_outline_alone(square: NDArray[np.uint8]) -> None:
    found = edges(square)
    rows, columns = np.nonzero(found.lines)
    near = np.minimum.reduce([abs(rows - 29.5), abs(rows - 89.5), abs(columns - 39.5), abs(columns - 119.5)])
    assert near.max() <= 1.5
    assert len(rows) == pytest.approx(2 * (60 + 80), abs=12)
    assert found.strength.max() == 1


def test_a_blank_picture_has_none_of_them() -> None:
    blank = np.full((40, 40), 90, np.uint8)
    assert not edges(blank).lines.any()
    assert len(corners(blank)) == 0
    assert len(blobs(scale_space(blank))) == 0


def test_a_square_has_four_corners(square: NDArray[np.uint8]) -> None:
    found = corners(square)
    expected = np.array([[40, 30], [119, 30], [40, 89], [119, 89]])
    distances = np.hypot(*(found[:, None] - expected[None]).transpose(2, 0, 1))
    assert len(found) == 4
    assert distances.min(axis=1).max() < 3
    assert sorted(distances.argmin(axis=1)) == [0, 1, 2, 3]


@pytest.mark.parametrize("radius", [6, 11])
def test_a_disc_is_a_blob_of_its_size(radius: int) -> None:
    picture = np.full((128, 160), 30, np.uint8)
    cv2.circle(picture, (70, 60), radius, 220, -1, cv2.LINE_AA)
    x, y, found = blobs(scale_space(picture))[0]
    assert (x, y) == (pytest.approx(70, abs=2), pytest.approx(60, abs=2))
    assert found == pytest.approx(radius, rel=0.3)


def test_every_octave_has_half_the_size_and_twice_the_blur(square: NDArray[np.uint8]) -> None:
    first, second, third = scale_space(square).octaves[:3]
    assert [each.blurred.shape for each in (first, second, third)] == [
        (6, 120, 160),
        (6, 60, 80),
        (6, 30, 40),
    ]
    assert first.sigmas[0] == pytest.approx(1.6)
    assert np.allclose(np.array(second.sigmas), 2 * np.array(first.sigmas))
    assert np.allclose(first.differences, first.blurred[1:] - first.blurred[:-1])
