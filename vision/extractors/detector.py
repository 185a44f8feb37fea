"""Base class of the extractors that find keypoints with OpenCV 4 or 5."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType, LocalFeatures, Parameter
from vision.extractors.parameters import ranged
from vision.extractors.reduction import reduced_gray

Keypoints: TypeAlias = Sequence[cv2.KeyPoint]
Choice: TypeAlias = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.intp]]
"""Keypoints, shape (N, 4), and their responses, shape (N,), to the indices of those to keep, ascending."""

# Below this some detectors raise, and StarDetector crashes the process.
_MIN_SIDE_PX = 16


@dataclass(frozen=True)
class Detector(ABC):
    """An extractor that reduces the picture to grey, finds keypoints and describes the strongest."""

    name: ClassVar[str]
    description: ClassVar[str]
    dimension: ClassVar[int]
    descriptor_type: ClassVar[DescriptorType]

    max_side_px: int = ranged(480, 32, 4096)
    max_keypoints: int = ranged(500, 1, 20_000)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every parameter with its value, ready for JSON."""
        return asdict(self)

    def extract(self, pixels: NDArray[np.uint8], choose: Choice | None = None) -> LocalFeatures:
        """Extracts up to `max_keypoints` descriptors, those with the strongest response.

        Args:
            pixels: Upright picture, uint8, RGB, shape (height, width, 3).
            choose: Which keypoints to keep of those; all if left out.

        Returns:
            Descriptors (uint8 or float32, shape (N, dimension)) and keypoints in pixels of `pixels`.
        """
        gray, factor = reduced_gray(pixels, self.max_side_px)
        found, descriptors = self.described(gray) if min(gray.shape) >= _MIN_SIDE_PX else ((), None)
        dtype: Any = np.float32 if self.descriptor_type == "float32" else np.uint8
        if descriptors is None or not len(found):
            return LocalFeatures(np.zeros((0, self.dimension), dtype), np.zeros((0, 4), np.float32))
        kept = np.sort(_strongest(found, self.max_keypoints))
        if choose is not None:
            rows = _keypoint_rows([found[each] for each in kept], factor)
            kept = kept[choose(rows, np.array([found[each].response for each in kept], np.float32))]
        return LocalFeatures(
            descriptors[kept].astype(dtype), _keypoint_rows([found[each] for each in kept], factor)
        )

    @abstractmethod
    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Finds keypoints in a picture (uint8, (height, width), 16 pixels or more a side) and describes them.

        Subclasses create a detector for every call: that takes microseconds, and detectors are not
        thread-safe.
        """


def opencv_factory(name: str) -> Callable[..., Any]:
    """Returns the constructor of a detector or descriptor, such as `BRISK`.

    OpenCV 5 moved BRISK, AKAZE and KAZE from the main module to `xfeatures2d`.
    """
    owner = cv2 if hasattr(cv2, name) else cv2.xfeatures2d
    create: Callable[..., Any] = getattr(owner, name).create
    return create


def strongest(found: Keypoints, count: int) -> list[cv2.KeyPoint]:
    """Returns the keypoints with the highest response, at most `count`, in the order they were found."""
    return [found[each] for each in np.sort(_strongest(found, count))]


def _strongest(found: Keypoints, count: int) -> NDArray[np.intp]:
    responses = np.array([each.response for each in found], np.float32)
    return np.argsort(-responses, kind="stable")[:count]


def _keypoint_rows(found: Keypoints, factor: float) -> NDArray[np.float32]:
    rows = np.array([(*each.pt, each.size, each.angle) for each in found], np.float32).reshape(-1, 4)
    rows[:, :3] *= factor
    turned = rows[:, 3] != -1
    # FREAK's angles begin at -180. The remainder of a tiny negative angle rounds to 360, which becomes 0.
    angles = rows[turned, 3] % 360
    rows[turned, 3] = np.where(angles == 360, 0, angles)
    return rows
