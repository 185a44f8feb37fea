from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from training.augmentation.photographs import photographed
from training.augmentation.walls import draw_wall, frame_picture
from vision.extractors import create_extractor
from vision.matching import find_agreement

Pixels = NDArray[np.uint8]
PICTURE: Pixels = np.asarray(skimage.data.astronaut()[:400, :300], np.uint8)


def seeded(number: int) -> np.random.Generator:
    return np.random.default_rng(number)


def test_the_outline_is_where_the_picture_lies() -> None:
    extractor = create_extractor("rootsift", {"max_side_px": 640})
    known = extractor.extract(PICTURE)
    errors = []
    for number in range(8):
        photo = photographed(PICTURE, seeded(number))
        height, width = photo.pixels.shape[:2]
        seen = extractor.extract(photo.pixels)
        found = find_agreement(known, (300, 400), seen, (width, height), "uint8")
        if found.points >= 20 and found.outline is not None:
            errors.append(float(np.abs(found.outline - photo.outline).max()))
    assert len(errors) >= 6
    assert max(errors) < 10


def test_one_seed_takes_one_photograph() -> None:
    first, again, other = (photographed(PICTURE, seeded(number)) for number in (3, 3, 4))
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.outline, again.outline)
    assert first.pixels.shape != other.pixels.shape or (first.pixels != other.pixels).any()


@pytest.mark.parametrize("side_px", [160, 640])
def test_the_longer_side_is_as_long_as_asked_for(side_px: int) -> None:
    photos = [photographed(PICTURE, seeded(number), side_px).pixels for number in range(6)]
    assert {max(each.shape) for each in photos} == {side_px}


def test_the_picture_spans_half_of_the_photo_or_more_along_one_side() -> None:
    for number in range(20):
        photo = photographed(PICTURE, seeded(number), 320)
        height, width = photo.pixels.shape[:2]
        spans = np.ptp(photo.outline, axis=0) / (width, height)
        assert spans.max() > 0.35  # the frame is part of what spans half
        assert np.abs(photo.outline.mean(axis=0) / (width, height) - 0.5).max() < 0.35


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 500, 3), (500, 2, 3)])
def test_tiny_and_narrow_pictures_can_be_hung(shape: tuple[int, ...]) -> None:
    photo = photographed(np.full(shape, 120, np.uint8), seeded(1), 160)
    assert photo.pixels.dtype == np.uint8
    assert np.isfinite(photo.outline).all()


@pytest.mark.parametrize("pixels", [np.zeros((10, 10), np.uint8), np.zeros((10, 10, 3), np.float32)])
def test_refuses_what_is_not_an_rgb_picture(pixels: Pixels) -> None:
    with pytest.raises(ValueError, match="an RGB picture is uint8"):
        photographed(pixels, seeded(0))


def test_walls_differ_and_fill_their_size() -> None:
    walls = [draw_wall(seeded(number), (200, 120)) for number in range(24)]
    assert {each.shape for each in walls} == {(120, 200, 3)}
    assert len({each.tobytes() for each in walls}) == 24


def test_a_frame_surrounds_the_picture_and_leaves_it_whole() -> None:
    for number in range(12):
        framed, corners = frame_picture(PICTURE, seeded(number))
        (left, top), (right, bottom) = corners[0].astype(int), corners[2].astype(int)
        assert np.array_equal(framed[top:bottom, left:right], PICTURE)
