"""Measures what an answer rests on: how it changes when a part of the picture is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.answers import Probabilities

_SMALLEST: Final = 1e-9


def advantage(probabilities: Probabilities, label: int, other: int) -> float:
    """Computes by how much a label leads another one: the difference of the logarithms.

    >>> round(advantage(np.array([0.2, 0.8]), 1, 0), 3)
    1.386
    """
    first, second = (float(max(probabilities[each], _SMALLEST)) for each in (label, other))
    return float(np.log(first) - np.log(second))


def support_of_rows(
    classify: Callable[[NDArray[np.float32]], Probabilities],
    rows: NDArray[np.float32],
    parts: Sequence[NDArray[np.bool_]],
    label: int,
    other: int,
) -> NDArray[np.float64]:
    """Measures how much of a label's lead is lost without each part of the descriptors.

    Args:
        classify: From descriptors to probabilities.
        rows: All descriptors, shape (N, D).
        parts: For each part which rows belong to it, shape (N,).
        label: Index of the label.
        other: Index of the one that it is compared with.

    Returns:
        Shape (parts,): above 0 where the part speaks for the label, below 0 where it speaks for the other.
    """
    whole = advantage(classify(rows), label, other)
    return np.array(
        [whole - advantage(classify(rows[~part]), label, other) if part.any() else 0.0 for part in parts]
    )


def support_of_squares(
    classify: Callable[[NDArray[np.uint8]], Probabilities],
    pixels: NDArray[np.uint8],
    grid: int,
    label: int,
    other: int,
) -> NDArray[np.float64]:
    """Measures how much of a label's lead is lost when each square of a picture is blurred in turn.

    Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2.

    Args:
        classify: From a picture, RGB, uint8, shape (H, W, 3), to probabilities.
        pixels: The picture.
        grid: Squares along each side.
        label: Index of the label.
        other: Index of the one that it is compared with.

    Returns:
        Shape (grid, grid), as for `support_of_rows`.
    """
    height, width = pixels.shape[:2]
    blurred = cv2.GaussianBlur(pixels, (0, 0), max(height, width) / grid / 2)
    whole = advantage(classify(pixels), label, other)
    found = np.zeros((grid, grid))
    for row, column in np.ndindex(grid, grid):
        covered = pixels.copy()
        rows = slice(row * height // grid, (row + 1) * height // grid)
        columns = slice(column * width // grid, (column + 1) * width // grid)
        covered[rows, columns] = blurred[rows, columns]
        found[row, column] = whole - advantage(classify(covered), label, other)
    return found


def cells_of(keypoints: NDArray[np.float32], size_px: tuple[int, int], grid: int) -> NDArray[np.int64]:
    """Returns the cell of a picture that each keypoint lies in, row by row from the top left.

    Args:
        keypoints: Shape (N, 4), x and y in pixels first.
        size_px: Width and height of the picture.
        grid: Cells along each side.

    Returns:
        Shape (N,), int64: 0 to grid² - 1.

    >>> cells_of(np.array([[5, 5, 1, 0], [99, 99, 1, 0]], np.float32), (100, 100), 2).tolist()
    [0, 3]
    """
    places = np.floor(keypoints[:, :2] * grid / np.array(size_px)).astype(np.int64)
    columns, rows = np.clip(places, 0, grid - 1).T
    return np.asarray(rows * grid + columns, np.int64)
