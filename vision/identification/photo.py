"""Photos in which works are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Choice
from vision.extractors.features import LocalFeatures, scaled_keypoints
from vision.extractors.rootsift import RootSift
from vision.picture import Picture

QUICK_LOOK: Final = RootSift(max_side_px=256, max_keypoints=500, contrast_threshold=0.02, sigma=1.28)
"""A third of the time of the first look, and enough for a work that fills the frame.

320 pixels with the usual blur have the same scales and take half as long again."""
FIRST_LOOK: Final = RootSift(max_side_px=480, max_keypoints=800, contrast_threshold=0.02)
SECOND_LOOK: Final = RootSift(max_side_px=960, max_keypoints=4000, contrast_threshold=0.02)
"""For works that fill a small part of the frame; what has been explained is left out."""
_SECOND_KEYPOINTS: Final = 2000
_CELLS: Final = 8
"""Of the longer side: a wall with much to be seen leaves no place for a work with little otherwise."""
_WORTHWHILE: Final = 1.25
PHOTO_SIDE_PX: Final = SECOND_LOOK.max_side_px
"""Photos need not be decoded larger than this."""


@dataclass(frozen=True)
class Photo:
    """What one look at a photo gives.

    Attributes:
        features: Keypoints in pixels of the photo as sent, or of its region.
        size_px: Width and height of the photo as sent, upright, or of its region.
        pixels: RGB, uint8, shape (height, width, 3), perhaps reduced.
    """

    features: LocalFeatures
    size_px: tuple[int, int]
    pixels: NDArray[np.uint8]

    @property
    def longer_side_px(self) -> int:
        """The longer side as sent."""
        return max(self.size_px)


def look_at(picture: Picture, extractor: RootSift = FIRST_LOOK, choose: Choice | None = None) -> Photo:
    """Extracts the features of a photo.

    Args:
        picture: Upright and in sRGB, as `vision.picture.decode` gives it.
        extractor: How closely to look.
        choose: Which keypoints to keep; all if left out.
    """
    found = extractor.extract(picture.pixels, choose)
    seen = picture.info.seen
    keypoints = scaled_keypoints(found.keypoints, seen.width / picture.pixels.shape[1])
    features = LocalFeatures(np.asarray(found.descriptors, np.uint8), keypoints)
    return Photo(features, (seen.width, seen.height), picture.pixels)


def look_again_at(picture: Picture, explained: Sequence[NDArray[np.float64]]) -> Photo:
    """Extracts the features of what has not been explained, more closely, spread over the photo.

    Args:
        picture: Upright and in sRGB, as `vision.picture.decode` gives it.
        explained: Outlines of works, shape (4, 2), in pixels of what was looked at.
    """
    scale = picture.info.seen.width / picture.pixels.shape[1]

    def choose(keypoints: NDArray[np.float32], responses: NDArray[np.float32]) -> NDArray[np.intp]:
        is_open = np.ones(len(keypoints), np.bool_)
        for outline in explained:
            is_open &= ~inside(outline, keypoints[:, :2] * np.float32(scale))
        rows = np.flatnonzero(is_open)
        cells = np.floor(keypoints[rows, :2] * (_CELLS / max(picture.pixels.shape[:2]))) @ (1, _CELLS)
        return np.sort(rows[_spread(cells, responses[rows], _SECOND_KEYPOINTS)])

    return look_at(picture, SECOND_LOOK, choose)


def _spread(cells: NDArray[np.float32], responses: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Chooses keypoints: the strongest half of the count, and the strongest that are left of each cell."""
    order = np.argsort(-responses, kind="stable")
    first, rest = order[: count // 2], order[count // 2 :]
    by_cell = rest[np.argsort(cells[rest], kind="stable")]
    _, begin, counts = np.unique(cells[by_cell], return_index=True, return_counts=True)
    turn = np.arange(len(by_cell)) - np.repeat(begin, counts)
    return np.concatenate([first, by_cell[np.argsort(turn, kind="stable")[: count - len(first)]]])


def mirrored(photo: Photo) -> Photo:
    """Returns what a mirror shows, without looking again.

    A descriptor has 4 × 4 places of 8 directions, relative to its keypoint's own: mirrored, the rows of
    places change sides and the directions turn the other way.
    """
    found = photo.features
    places = found.descriptors.reshape(-1, 4, 4, 8)[:, ::-1][..., -np.arange(8) % 8]
    descriptors = np.ascontiguousarray(places.reshape(-1, 128), np.uint8)
    keypoints = found.keypoints.copy()
    keypoints[:, 0] = photo.size_px[0] - keypoints[:, 0]
    keypoints[:, 3] = (180 - keypoints[:, 3]) % 360
    features = LocalFeatures(descriptors, keypoints)
    return Photo(features, photo.size_px, np.ascontiguousarray(photo.pixels[:, ::-1]))


def shows_more(picture: Picture, photo: Photo) -> bool:
    """Tells whether the second look could see anything that the first one did not."""
    is_larger = max(picture.pixels.shape[:2]) > _WORTHWHILE * FIRST_LOOK.max_side_px
    return is_larger or len(photo.features) >= FIRST_LOOK.max_keypoints


def inside(outline: NDArray[np.float64], points: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Marks the points, shape (N, 2 or more), that lie within a convex outline, shape (4, 2), clockwise."""
    corner, edge = outline, np.roll(outline, -1, axis=0) - outline
    apart = points[:, None, :2] - corner
    return np.asarray((edge[:, 0] * apart[..., 1] - edge[:, 1] * apart[..., 0] >= 0).all(axis=1))


def overlap(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Returns the intersection over union of two convex outlines, shape (4, 2), 0 to 1."""
    a, b = first.astype(np.float32), second.astype(np.float32)
    common, _ = cv2.intersectConvexConvex(a, b)
    both = cv2.contourArea(a) + cv2.contourArea(b) - common
    return float(common / both) if both > 0 else 0.0
