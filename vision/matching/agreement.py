"""Whether a photo shows a known picture: pairs, weak geometry, plane, outline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType, LocalFeatures
from vision.matching.descriptors import nearest_of_each
from vision.matching.homography import Plane, different_points, find_plane
from vision.matching.outline import Implausibility, implausible, outline_of
from vision.matching.similarity import consistent_pairs

SURE_POINTS: Final = 8
"""Points that must agree on one view: fewer are chance, as pictures of other things agreed in up to 7."""


@dataclass(frozen=True)
class MatchingSettings:
    """How strictly pictures are compared.

    Attributes:
        ratio: Of the ratio test, see `nearest_pairs`.
        tolerance: Largest error of a pair that fits, as a share of the photo's longer side.
        least_pairs: Fewer pairs of one scale and rotation are not looked at any further.
        guided: Whether points count that fit the view without passing the ratio test. The picture's own
            repetitions and a blurred photo fail that test often; hardly a stray point fits by chance.
    """

    ratio: float = 0.85
    tolerance: float = 0.01
    least_pairs: int = 6
    guided: bool = False


@dataclass(frozen=True)
class Agreement:
    """What a photo and a picture have in common.

    Attributes:
        points: How many different points agree on one view of the picture; 0 where there is none.
        outline: Shape (4, 2), float64: the picture's corners in pixels of the photo, clockwise from the
            picture's own top left; None where nothing agrees or the outline is implausible.
        problem: What is wrong with the outline; empty where nothing is.
        homography: Shape (3, 3), from pixels of the picture to pixels of the photo; None likewise.
        pairs: Shape (P, 2), int64: index in the picture, index in the photo, of all that pass the ratio test;
            where points are guided, of the nearest to every point of the photo.
        agrees: Shape (P,), bool: which of the pairs fit the view; none where the outline is implausible.
    """

    points: int
    outline: NDArray[np.float64] | None
    problem: Implausibility
    homography: NDArray[np.float64] | None
    pairs: NDArray[np.int64]
    agrees: NDArray[np.bool_]


def find_agreement(
    picture: LocalFeatures,
    picture_px: tuple[float, float],
    photo: LocalFeatures,
    photo_px: tuple[float, float],
    kind: DescriptorType,
    settings: MatchingSettings | None = None,
) -> Agreement:
    """Looks for a known picture in a photo.

    Args:
        picture: Features of the known picture.
        picture_px: Its width and height.
        photo: Features of the photo, from the same extractor.
        photo_px: Its width and height.
        kind: How the descriptors are stored.
        settings: How strictly to compare.
    """
    # From the photo's side: each of its points votes once, however often the picture repeats itself.
    chosen = settings or MatchingSettings()
    nearest = nearest_of_each(photo.descriptors, picture.descriptors, kind, ratio=chosen.ratio)
    return agreement_of(nearest, picture, picture_px, photo, photo_px, chosen)


def agreement_of(
    nearest: tuple[NDArray[np.int64], NDArray[np.bool_]],
    picture: LocalFeatures,
    picture_px: tuple[float, float],
    photo: LocalFeatures,
    photo_px: tuple[float, float],
    settings: MatchingSettings,
) -> Agreement:
    """Looks for a known picture in a photo, given what `nearest_of_each` found of its points."""
    pairs, distinct = nearest[0][:, ::-1], nearest[1]
    if not settings.guided:
        pairs, distinct = pairs[distinct], distinct[distinct]
    nothing = np.zeros(len(pairs), np.bool_)
    if distinct.sum() < settings.least_pairs:
        return Agreement(0, None, "", None, pairs, nothing)
    here, there = picture.keypoints[pairs[:, 0]], photo.keypoints[pairs[:, 1]]
    likely = distinct.copy()
    likely[distinct] = consistent_pairs(here[distinct], there[distinct])
    plane = None
    if likely.sum() >= settings.least_pairs:
        plane = find_plane(here[:, :2], there[:, :2], settings.tolerance * max(photo_px), likely)
        plane = _alike(plane, here, there) if plane and settings.guided else plane
    if plane is None:
        return Agreement(0, None, "", None, pairs, nothing)
    outline = outline_of(plane.homography, *picture_px)
    problem = implausible(outline, picture_px, photo_px)
    if problem:
        return Agreement(0, None, problem, None, pairs, nothing)
    return Agreement(plane.points, outline, "", plane.homography, pairs, plane.agrees)


def _alike(plane: Plane, here: NDArray[np.float32], there: NDArray[np.float32]) -> Plane:
    """Leaves out pairs that fit by their place alone, and have another scale or rotation than most."""
    agrees = plane.agrees.copy()
    agrees[agrees] = consistent_pairs(here[agrees], there[agrees])
    points = min(different_points(each[agrees, :2]) for each in (here, there))
    return replace(plane, agrees=agrees, points=points)
