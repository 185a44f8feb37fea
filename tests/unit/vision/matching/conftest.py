"""A photograph that ships with scikit-image, and views of it whose geometry is known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from vision.extractors import Extractor, LocalFeatures, create_extractor

Pixels = NDArray[np.uint8]
PHOTO_PX = (640, 480)


@dataclass(frozen=True)
class Extracted:
    """A picture as matching takes it."""

    features: LocalFeatures
    size: tuple[int, int]


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    return create_extractor("rootsift", {"max_side_px": 640})


@pytest.fixture(scope="session")
def picture() -> Pixels:
    """A coffee cup, RGB, 400 × 266."""
    return np.asarray(cv2.resize(skimage.data.coffee(), (400, 266), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="session")
def wall() -> Pixels:
    """Bricks, 640 × 480: full of keypoints that repeat."""
    return np.asarray(cv2.resize(skimage.data.brick(), PHOTO_PX)[..., None].repeat(3, axis=2), np.uint8)


def look(extractor: Extractor, pixels: Pixels) -> Extracted:
    return Extracted(extractor.extract(pixels), (pixels.shape[1], pixels.shape[0]))


def hung(picture: Pixels, wall: Pixels, corners: NDArray[np.float64]) -> Pixels:
    """The picture on the wall, its corners where they are said to be."""
    height, width = picture.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(own, corners.astype(np.float32))
    size = (wall.shape[1], wall.shape[0])
    painted = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), matrix, size)
    return np.where(mask[..., None] > 0, painted, wall).astype(np.uint8)
