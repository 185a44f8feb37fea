"""A photo contradicts a work where it agrees all around and shows something else in one place."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.works import HUNG, Pixels, on_a_wall, painted
from vision.identification.contradiction import LEAST_CONTRADICTION, contradiction
from vision.identification.reference import Reference, preview_of, reference_of
from vision.picture import Picture, PictureInfo

OUTLINE = np.array(HUNG, float)
SIZE = (640, 480)


@cache
def described() -> Reference:
    """A reference of which only the preview counts here."""
    return reference_of(Picture(painted(1), PictureInfo("jpeg", 320, 240)))


def referenced(work: Pixels) -> Reference:
    return replace(described(), preview=preview_of(np.ascontiguousarray(work[..., ::-1])))


def contradicted(photo: Pixels, work: Pixels, outline: NDArray[np.float64] = OUTLINE) -> float:
    rgb = np.ascontiguousarray(photo[..., ::-1])
    return contradiction(rgb, outline, photo.shape[1], referenced(work))


def hung(work: Pixels) -> Pixels:
    return on_a_wall([(work, HUNG)])


def blended(photo: Pixels, over: NDArray[np.float64], mask: Pixels, softness: float) -> Pixels:
    share = cv2.GaussianBlur(mask, (0, 0), softness).astype(np.float32)[..., None] / 255
    return np.asarray(np.clip(photo * (1 - share) + over * share, 0, 255), np.uint8)


def ellipse(middle: tuple[int, int], axes: tuple[int, int], size: tuple[int, int] = SIZE) -> Pixels:
    mask = np.zeros((size[1], size[0]), np.uint8)
    return np.asarray(cv2.ellipse(mask, middle, axes, 0, 0, 360, 255, -1), np.uint8)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_photo_of_the_work_does_not_contradict_it(seed: int) -> None:
    photo = hung(painted(seed))
    dim = np.asarray(photo * np.array([0.4, 0.55, 0.6]), np.uint8)  # a yellow lamp
    noise = np.random.default_rng(seed).normal(0, 20, photo.shape)
    for seen in (
        photo,
        dim,
        cv2.GaussianBlur(photo, (0, 0), 4),
        np.clip(photo + noise, 0, 255).astype(np.uint8),
    ):
        assert contradicted(np.asarray(seen, np.uint8), painted(seed)) == 0


def test_an_outline_that_is_a_little_off_is_no_contradiction() -> None:
    shift = np.array([[6, -4], [-5, 3], [4, 6], [-6, -3]])
    assert contradicted(hung(painted(1)), painted(1), OUTLINE + shift) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_motif_in_one_place_contradicts(seed: int) -> None:
    mask = ellipse((170, 110), (50, 40), (320, 240))
    version = blended(painted(seed), painted(seed + 50)[::-1].astype(float), mask, 3)
    assert contradicted(hung(version), painted(seed)) >= LEAST_CONTRADICTION


def test_a_thing_that_moved_contradicts_both_ways() -> None:
    """A bright ball on a dark ground, beside what both have in common."""
    common = painted(1) // 2
    common[:, :150] = 20
    first, second = common.copy(), common.copy()
    cv2.circle(first, (60, 70), 22, (90, 220, 120), -1, cv2.LINE_AA)
    cv2.circle(second, (80, 170), 22, (90, 220, 120), -1, cv2.LINE_AA)
    assert contradicted(hung(first), first) == 0
    assert contradicted(hung(second), first) >= LEAST_CONTRADICTION
    assert contradicted(hung(first), second) >= LEAST_CONTRADICTION


def test_what_is_held_in_front_of_a_work_is_no_contradiction() -> None:
    """An arm and a hand, plain or with a pattern, from the photo's lower edge."""
    photo = hung(painted(1))
    mask = ellipse((230, 230), (55, 45))
    cv2.line(mask, (230, 250), (200, 480), 255, 50)
    skin = np.broadcast_to(np.array([110.0, 140, 190]), photo.shape)
    sleeve = skin * 0.5 + 0.4 * cv2.resize(painted(60), SIZE)
    for in_front in (skin, sleeve):
        assert contradicted(blended(photo, in_front, mask, 2), painted(1)) == 0


@pytest.mark.parametrize("brightness", [90, 400])
def test_a_lamp_mirrored_in_the_glass_is_no_contradiction(brightness: int) -> None:
    photo = hung(painted(1))
    lamp = cv2.GaussianBlur(ellipse((230, 190), (50, 35)), (0, 0), 8).astype(np.float32) / 255
    seen = np.clip(photo + brightness * lamp[..., None], 0, 255).astype(np.uint8)
    assert contradicted(seen, painted(1)) == 0


def test_what_differs_along_the_border_is_no_contradiction() -> None:
    """A frame is seen from another side, or is another one: its ornament lies elsewhere."""
    framed = []
    for height in (80, 160):
        whole = np.full((240, 320, 3), 60, np.uint8)
        cv2.circle(whole, (22, height), 11, (90, 220, 120), -1, cv2.LINE_AA)
        whole[42:198, 42:278] = cv2.resize(painted(1), (236, 156))
        framed.append(whole)
    assert contradicted(hung(framed[1]), framed[0]) == 0


@pytest.mark.parametrize("size", [(320, 4), (3, 240), (7, 7)])
def test_narrow_and_tiny_works_have_no_place_to_contradict(size: tuple[int, int]) -> None:
    tiny = np.asarray(cv2.resize(painted(1), size), np.uint8)
    reference = replace(described(), size_px=size, preview=preview_of(tiny))
    photo = np.ascontiguousarray(hung(painted(2))[..., ::-1])
    assert contradiction(photo, OUTLINE, 640, reference) == 0


def test_a_work_outside_of_the_photo_is_not_contradicted() -> None:
    """Half of it is cut off, or all."""
    photo = hung(painted(1))
    cut = np.ascontiguousarray(photo[:, 250:])
    assert contradicted(cut, painted(1), OUTLINE - np.array([250, 0])) == 0
    assert contradicted(photo, painted(1), OUTLINE + np.array([2000, 0])) == 0
