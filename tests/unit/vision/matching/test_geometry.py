from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.matching.homography import find_plane, project
from vision.matching.outline import implausible, outline_of
from vision.matching.similarity import consistent_pairs

RANDOM = np.random.default_rng(7)
VIEW = np.array([[0.8, -0.2, 60], [0.25, 0.7, 30], [2e-4, 1e-4, 1]])


def keypoints(count: int) -> NDArray[np.float32]:
    where = RANDOM.uniform(10, 390, (count, 2))
    return np.column_stack([where, RANDOM.uniform(4, 8, count), RANDOM.uniform(0, 360, count)]).astype(
        np.float32
    )


def test_pairs_of_one_scale_and_rotation_are_told_from_chance() -> None:
    first = keypoints(60)
    second = first.copy()
    second[:, 2] *= 1.5
    second[:, 3] = (second[:, 3] + 350) % 360
    second[40:, 2] *= 2 ** RANDOM.uniform(-4, 4, 20).astype(np.float32)
    second[40:, 3] = RANDOM.uniform(0, 360, 20)
    consistent = consistent_pairs(first, second)
    assert consistent[:40].all()
    assert consistent[40:].sum() < 8


@pytest.mark.parametrize("count", [60, 200])
def test_one_point_that_is_paired_again_and_again_counts_once(count: int) -> None:
    first = keypoints(count)
    first[15:] = first[15]
    second = first.copy()
    second[15:, 2] *= 4
    consistent = consistent_pairs(first, second)
    assert consistent[:15].all()
    assert not consistent[15:].any()


def test_keypoints_without_angle_are_compared_by_scale() -> None:
    first = keypoints(20)
    first[:, 3] = -1
    second = first.copy()
    second[10:, 2] *= 16
    assert consistent_pairs(first, second).sum() == 10


def test_finds_the_plane_among_wrong_pairs_and_counts_what_fits() -> None:
    first = RANDOM.uniform(0, 400, (100, 2)).astype(np.float32)
    second = project(VIEW, first).astype(np.float32)
    second[60:] = RANDOM.uniform(0, 480, (40, 2))
    plane = find_plane(first, second, 3.0)
    assert plane is not None
    assert plane.agrees[:60].all()
    assert plane.agrees[60:].sum() <= 2
    corners = np.array([[0, 0], [400, 400]], np.float64)
    assert np.abs(project(plane.homography, corners) - project(VIEW, corners)).max() < 0.5


def test_points_that_share_a_pixel_count_once() -> None:
    first = np.repeat(RANDOM.uniform(0, 400, (12, 2)).astype(np.float32), 3, axis=0)
    plane = find_plane(first, project(VIEW, first).astype(np.float32), 3.0)
    assert plane is not None
    assert (int(plane.agrees.sum()), plane.points) == (36, 12)


@pytest.mark.parametrize(
    "points", [np.zeros((3, 2)), np.zeros((20, 2)), np.column_stack([np.arange(20.0), np.arange(20.0)])]
)
def test_degenerate_points_have_no_plane(points: NDArray[np.float64]) -> None:
    plane = find_plane(points.astype(np.float32), points.astype(np.float32), 3.0)
    # Points on one line fit many planes: whichever is found must not make a picture of it.
    assert plane is None or implausible(outline_of(plane.homography, 400, 300), (400, 300), (640, 480))


OUTLINES = {
    "": [[100, 100], [300, 110], [290, 300], [95, 280]],
    "behind": [[100, 100], [np.inf, np.inf], [300, 300], [100, 300]],
    "not convex": [[100, 100], [300, 100], [150, 150], [100, 300]],
    "mirrored": [[300, 100], [100, 100], [100, 300], [300, 300]],
    "too small": [[100, 100], [110, 100], [110, 107], [100, 107]],
    "too oblique": [[100, 100], [120, 60], [120, 460], [100, 420]],
    "elsewhere": [[700, 100], [900, 100], [900, 300], [700, 300]],
}


@pytest.mark.parametrize(("problem", "corners"), OUTLINES.items())
def test_says_what_is_wrong_with_an_outline(problem: str, corners: list[list[float]]) -> None:
    assert implausible(np.array(corners, np.float64), (400, 300), (640, 480)) == problem


CLOSE_UPS = {
    "in the middle": ([[-1500, -1200], [2100, -1250], [2150, 1500], [-1450, 1550]], ""),
    "at the picture's corner": ([[100, 80], [3700, 90], [3650, 2780], [90, 2800]], ""),
    "past its edge": ([[620, -1200], [4220, -1200], [4220, 1500], [620, 1500]], "elsewhere"),
}


@pytest.mark.parametrize(("corners", "problem"), CLOSE_UPS.values(), ids=CLOSE_UPS)
def test_a_close_up_is_full_of_the_picture(corners: list[list[float]], problem: str) -> None:
    assert implausible(np.array(corners, np.float64), (400, 300), (640, 480)) == problem


def test_a_point_behind_the_camera_is_nowhere() -> None:
    horizon = np.array([[1, 0, 0], [0, 1, 0], [-0.01, 0, 1]], np.float64)
    assert np.isinf(project(horizon, np.array([[200.0, 0.0]]))).all()
    assert project(horizon, np.array([[50.0, 10.0]])).tolist() == [[100.0, 20.0]]
