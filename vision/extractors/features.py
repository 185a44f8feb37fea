"""The contract of extractors, and the features that they return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

DescriptorType: TypeAlias = Literal["uint8", "float32", "binary"]
Parameter: TypeAlias = bool | int | float | str | list[int] | list[float] | list[str] | None


@dataclass(frozen=True)
class LocalFeatures:
    """Descriptors and their keypoints; both are empty for a blank picture.

    Attributes:
        descriptors: Shape (N, dimension); uint8 (whole numbers, or packed bits for binary descriptors)
            or float32.
        keypoints: Shape (N, 4), float32: x and y in pixels of the extracted picture, diameter of the
            neighbourhood in pixels, angle in degrees clockwise in [0, 360) or -1 without one.
        vector: Shape (size,), float32: one vector for the whole picture, of an extractor that joins both;
            else None.
    """

    descriptors: NDArray[np.uint8] | NDArray[np.float32]
    keypoints: NDArray[np.float32]
    vector: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def rows(self) -> NDArray[np.uint8] | NDArray[np.float32]:
        """What a classifier or encoder takes, shape (N, dimension); with a vector see `joined_rows`."""
        return self.descriptors if self.vector is None else joined_rows(self.descriptors, self.vector)


def scaled_keypoints(keypoints: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Scales keypoints to a picture of another size: places and diameters change, angles do not.

    Args:
        keypoints: Shape (N, 4), float32: x, y and diameter in pixels, angle in degrees.
        factor: Pixels of the other picture for each pixel of theirs.

    Returns:
        Shape (N, 4), float32.

    >>> scaled_keypoints(np.array([[10, 20, 4, 90]], np.float32), 2).tolist()
    [[20.0, 40.0, 8.0, 90.0]]
    """
    return keypoints * np.array([factor, factor, factor, 1], np.float32)


@dataclass(frozen=True)
class GlobalFeatures:
    """One vector for the whole picture.

    Attributes:
        values: Shape (dimension,), float32.
    """

    values: NDArray[np.float32]

    @property
    def rows(self) -> NDArray[np.float32]:
        """The row that a classifier takes, shape (1, dimension)."""
        return self.values[np.newaxis]


def vector_rows(size: int, dimension: int) -> int:
    """Counts the rows of so many elements that hold a vector of a size.

    >>> vector_rows(0, 128), vector_rows(128, 128), vector_rows(129, 128)
    (0, 1, 2)
    """
    return -(-size // dimension)


def joined_rows(
    descriptors: NDArray[np.uint8] | NDArray[np.float32], vector: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Puts the vector of a picture before its descriptors, in rows of its own that zeros fill up.

    Args:
        descriptors: Shape (N, dimension), N of 0 or more.
        vector: Shape (size,).

    >>> joined_rows(np.array([[7, 8]], np.uint8), np.array([0.5, 1, 2], np.float32)).tolist()
    [[0.5, 1.0], [2.0, 0.0], [7.0, 8.0]]
    """
    dimension = descriptors.shape[1]
    first = np.zeros((vector_rows(len(vector), dimension), dimension), np.float32)
    first.reshape(-1)[: len(vector)] = vector
    return np.concatenate([first, descriptors.astype(np.float32)])


class Extractor(Protocol):
    """Extracts local features from pictures; safe to share between threads."""

    @property
    def name(self) -> str:
        """Name in the registry, such as `rootsift`."""

    @property
    def description(self) -> str:
        """One sentence: what it describes, and the paper it comes from."""

    @property
    def dimension(self) -> int:
        """Elements of one descriptor; bytes where the descriptor is binary."""

    @property
    def descriptor_type(self) -> DescriptorType:
        """How an element is stored; binary descriptors are compared by Hamming distance."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every parameter with its value, ready for JSON."""

    @property
    def max_side_px(self) -> int:
        """Longer side in pixels to which larger pictures are reduced first."""

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures:
        """Extracts the features of one picture.

        Args:
            pixels: Upright picture, uint8, RGB, shape (height, width, 3).
        """
