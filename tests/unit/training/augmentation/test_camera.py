from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from training.augmentation import camera
from training.augmentation.camera import distorted

STEPS = [
    camera.tilted,
    camera.cropped,
    camera.relit,
    camera.blurred,
    camera.noisy,
    camera.compressed,
    camera.covered,
]


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.ascontiguousarray(photographs.astronaut()[::2, ::2][:, :200])


def test_one_seed_gives_one_picture(photo: NDArray[np.uint8]) -> None:
    first, again = (distorted(photo, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, distorted(photo, np.random.default_rng(6)))


def test_no_strength_changes_nothing(photo: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(distorted(photo, np.random.default_rng(0), 0), photo)


def test_more_strength_changes_more(photo: NDArray[np.uint8]) -> None:
    def change(strength: float) -> float:
        seen = (camera.relit(photo, np.random.default_rng(seed), strength) for seed in range(8))
        return float(np.mean([np.abs(each.astype(int) - photo).mean() for each in seen]))

    assert change(0.3) < change(1) < change(2)


@pytest.mark.parametrize("step", [*STEPS, distorted])
@pytest.mark.parametrize("strength", [1.0, 3.0])
def test_every_step_returns_a_picture_and_leaves_its_input_alone(
    step: Callable[..., NDArray[np.uint8]], strength: float, photo: NDArray[np.uint8]
) -> None:
    before = photo.copy()
    for seed in range(6):
        seen = step(photo, np.random.default_rng(seed), strength)
        assert seen.dtype == np.uint8
        assert seen.shape[2] == 3
        assert seen.flags.c_contiguous
        assert 0.4 * photo.shape[0] <= seen.shape[0] <= photo.shape[0]
        assert 0.4 * photo.shape[1] <= seen.shape[1] <= photo.shape[1]
    np.testing.assert_array_equal(photo, before)


@pytest.mark.parametrize("shape", [(2, 2, 3), (16, 17, 3), (3, 90, 3)])
def test_distorts_the_smallest_pictures(shape: tuple[int, ...]) -> None:
    tiny = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for seed in range(10):
        seen = distorted(tiny, np.random.default_rng(seed), 3)
        assert min(seen.shape[:2]) >= min(2, *shape[:2])


def test_a_distorted_picture_is_still_the_same_thing(photo: NDArray[np.uint8]) -> None:
    seen = distorted(photo, np.random.default_rng(3))
    grey = [each[::4, ::4].mean(axis=2) for each in (photo[: seen.shape[0], : seen.shape[1]], seen)]
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.3


@pytest.mark.parametrize("strength", [-0.1, 3.1, float("nan")])
def test_refuses_a_strength_outside_its_range(strength: float, photo: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="strength of a distortion is 0 to 3"):
        distorted(photo, np.random.default_rng(0), strength)


@pytest.mark.parametrize("wrong", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32)])
def test_refuses_what_is_no_rgb_picture(wrong: NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match="RGB picture is uint8"):
        distorted(wrong, np.random.default_rng(0))  # type: ignore[arg-type]


def test_a_copy_comes_to_its_size_by_any_resampler(photo: NDArray[np.uint8]) -> None:
    plain = [cv2.resize(photo, (96, 96), interpolation=each) for each in camera.RESAMPLERS]
    seen = [camera.resampled(photo, np.random.default_rng(seed), (96, 96)) for seed in range(120)]
    assert {each.shape for each in seen} == {(96, 96, 3)}
    found = [sum(np.array_equal(each, one) for each in seen) for one in plain]
    assert min(found) >= 3
    assert sum(found) < 80  # The others made a detour, or were cut to the centre.


def test_a_quarter_of_the_copies_is_cut_to_the_centre() -> None:
    wide = np.zeros((100, 200, 3), np.uint8)
    wide[:, :40] = 255
    seen = [camera.resampled(wide, np.random.default_rng(seed), (64, 64)) for seed in range(200)]
    cut = sum(int(each[:, :8].max() == 0) for each in seen)
    assert 30 <= cut <= 70


def test_noise_is_normal_and_of_one_strength_in_all_channels() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    grain = camera.noisy(grey, np.random.default_rng(1), 3.0).astype(np.float64) - 128
    wanted = 3.0 * np.random.default_rng(1).uniform(0, 8)
    assert np.abs(grain.mean(axis=(0, 1))).max() < 0.02 * wanted
    np.testing.assert_allclose(grain.std(axis=(0, 1)), wanted, rtol=0.03)
    assert 0.66 < (np.abs(grain) < wanted).mean() < 0.71
