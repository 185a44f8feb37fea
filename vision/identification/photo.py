"""Photos in which works are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import LocalFeatures
from vision.extractors.rootsift import RootSift
from vision.picture import Picture

QUICK_LOOK: Final = RootSift(max_side_px=320, max_keypoints=500, contrast_threshold=0.02)
"""Less than half the time of the first look, and enough for a work that fills the frame."""
FIRST_LOOK: Final = RootSift(max_side_px=480, max_keypoints=800, contrast_threshold=0.02)
SECOND_LOOK: Final = RootSift(max_side_px=960, max_keypoints=2000, contrast_threshold=0.02)
"""For works that fill a small part of the frame."""
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


def look_at(picture: Picture, extractor: RootSift = FIRST_LOOK) -> Photo:
    """Extracts the features of a photo.

    Args:
        picture: Upright and in sRGB, as `vision.picture.decode` gives it.
        extractor: How closely to look.
    """
    found = extractor.extract(picture.pixels)
    seen = picture.info.seen
    scale = seen.width / picture.pixels.shape[1]
    keypoints = found.keypoints * np.array([scale, scale, scale, 1], np.float32)
    features = LocalFeatures(np.asarray(found.descriptors, np.uint8), keypoints)
    return Photo(features, (seen.width, seen.height), picture.pixels)


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
