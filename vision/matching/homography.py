"""The plane that pairs agree on: a homography, and which of the pairs really fit it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_PAIRS: Final = 4
_ITERATIONS: Final = 1000
_CONFIDENCE: Final = 0.999
_SAME_POINT_PX: Final = 1.0


@dataclass(frozen=True)
class Plane:
    """A view of a flat thing.

    Attributes:
        homography: Shape (3, 3), float64: from pixels of the first picture to pixels of the second.
        agrees: Shape (P,), bool: which pairs fit it.
        points: How many different points of both pictures the pairs that fit are.
    """

    homography: NDArray[np.float64]
    agrees: NDArray[np.bool_]
    points: int


def find_plane(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    tolerance_px: float,
    likely: NDArray[np.bool_] | None = None,
) -> Plane | None:
    """Finds the homography that most pairs fit, with MAGSAC++.

    Barath et al., "MAGSAC++, a fast, reliable and accurate robust estimator", CVPR 2020. Which pairs fit is
    then measured here, forwards and backwards: the mask that OpenCV returns has contained pairs that do not
    (opencv#25546). The same pairs always give the same answer.

    Args:
        first: Points in the first picture, one row a pair; shape (P, 2), pixels.
        second: Points in the second picture, shape (P, 2), pixels.
        tolerance_px: Largest error of a pair that fits, in pixels of the second picture; backwards in pixels
            of the first, scaled as the homography scales.
        likely: Shape (P,), bool: the pairs that the homography is sought with; all of them if left out. Which
            pairs fit is asked of all.

    Returns:
        The plane; None where fewer than four pairs agree on one.
    """
    source, destination = (first, second) if likely is None else (first[likely], second[likely])
    if len(source) < LEAST_PAIRS:
        return None
    try:
        found, _ = cv2.findHomography(
            source, destination, cv2.USAC_MAGSAC, tolerance_px, maxIters=_ITERATIONS, confidence=_CONFIDENCE
        )
    except cv2.error:  # degenerate pairs, such as points on one line
        return None
    if found is None or not np.isfinite(found).all():
        return None
    homography = np.asarray(found, np.float64)
    agrees = _fitting(homography, first, second, tolerance_px)
    points = min(different_points(first[agrees]), different_points(second[agrees]))
    return Plane(homography, agrees, points) if points >= LEAST_PAIRS else None


def project(homography: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Takes points through a homography.

    Args:
        homography: Shape (3, 3).
        points: Shape (N, 2).

    Returns:
        Shape (N, 2), float64; infinite where a point lies on or behind the horizon.
    """
    lifted = np.ones((len(points), 3))
    lifted[:, :2] = points
    lifted = lifted @ homography.T
    ahead = lifted[:, 2] * np.sign(homography[2, 2] or 1.0) > 1e-12
    if ahead.all():
        return np.asarray(lifted[:, :2] / lifted[:, 2:])
    projected = np.full((len(points), 2), np.inf)
    projected[ahead] = lifted[ahead, :2] / lifted[ahead, 2:]
    return projected


def _fitting(
    homography: NDArray[np.float64],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    tolerance_px: float,
) -> NDArray[np.bool_]:
    agrees = np.zeros(len(first), np.bool_)
    scale = np.sqrt(abs(np.linalg.det(homography[:2, :2] / (homography[2, 2] or 1.0))))
    if not np.isfinite(scale) or scale < 1e-6 or abs(np.linalg.det(homography)) < 1e-12:
        return agrees
    near = np.flatnonzero(_lengths(project(homography, first) - second) <= tolerance_px)
    inverse = np.asarray(np.linalg.inv(homography), np.float64)
    back = _lengths(project(inverse, second[near]) - first[near]) * scale
    # Backwards a pair may be twice as far off: perspective enlarges one end of the picture.
    agrees[near] = back <= 2 * tolerance_px
    return agrees


def _lengths(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = steps.T
    return np.asarray(np.sqrt(x * x + y * y))


def different_points(points: NDArray[np.float32]) -> int:
    """Counts points that do not share a pixel: one corner found at three scales is one piece of evidence.

    Args:
        points: Shape (N, 2), pixels.
    """
    # Both numbers of a place as one: a set of integers is far quicker than sorted pairs.
    x, y = np.rint(points / _SAME_POINT_PX).astype(np.int64).T
    return len(set(((x << 32) + y).tolist()))
