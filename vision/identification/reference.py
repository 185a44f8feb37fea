"""References: what a catalogue keeps of a picture, so that it can be found again in photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import LocalFeatures, scaled_keypoints
from vision.extractors.rootsift import RootSift
from vision.identification.index import WorkWords, work_words
from vision.identification.vocabulary import fixed_vocabulary
from vision.picture import Picture

EXTRACTOR: Final = RootSift(max_side_px=384, max_keypoints=350, contrast_threshold=0.02, sigma=1.28)
"""What references are described with: 144 bytes a keypoint, 50 KB a work, and 14 more in a snapshot, 5 KB.

Side and blur are four fifths of those of a photo's first look. The scales are those of the photo, which
agrees with it in as many points as with one of 480 pixels; describing it takes two thirds of the time.
"""
PREVIEW_PX: Final = 128
_PREVIEW_QUALITY: Final = 80


@dataclass(frozen=True)
class Reference:
    """The reference of a work.

    Attributes:
        features: Descriptors, uint8, shape (N, 128), and keypoints in pixels of the reference.
        words: Of these descriptors, in the same order.
        size_px: Width and height of the reference.
        preview: A small JPEG of it, longer side 128 pixels.
    """

    features: LocalFeatures
    words: WorkWords
    size_px: tuple[int, int]
    preview: bytes


def reference_of(picture: Picture) -> Reference:
    """Describes the reference picture of a work.

    Args:
        picture: Upright and in sRGB, as `vision.picture.decode` gives it.
    """
    width, height = picture.info.width_px, picture.info.height_px
    found = EXTRACTOR.extract(picture.pixels)
    keypoints = scaled_keypoints(found.keypoints, width / picture.pixels.shape[1])
    features = LocalFeatures(np.asarray(found.descriptors, np.uint8), keypoints)
    words = work_words(features, max(width, height), fixed_vocabulary())
    return Reference(features, words, (width, height), preview_of(picture.pixels))


def preview_of(pixels: NDArray[np.uint8]) -> bytes:
    """Returns a small JPEG of a picture, RGB, uint8, shape (height, width, 3)."""
    height, width = pixels.shape[:2]
    factor = min(1.0, PREVIEW_PX / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    options = [cv2.IMWRITE_JPEG_QUALITY, _PREVIEW_QUALITY]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), options)
    return bytes(encoded)


def preview_pixels(preview: bytes) -> NDArray[np.uint8]:
    """Decodes a preview; RGB, uint8, shape (height, width, 3)."""
    decoded = cv2.imdecode(np.frombuffer(preview, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[..., ::-1])
