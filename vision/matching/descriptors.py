"""Pairs of descriptors that are clearly each other's nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType

Descriptors: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]

_ROWS_AT_ONCE: Final = 2048
"""Bounds the table of distances: 2,048 rows against 20,000 descriptors take 160 MB."""


def nearest_pairs(
    first: Descriptors, second: Descriptors, kind: DescriptorType, *, ratio: float = 0.8, mutual: bool = False
) -> NDArray[np.int64]:
    """Returns the pairs that pass the ratio test.

    Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004, section 7.1: a pair
    counts when it is clearly closer than the next best one.

    Args:
        first: Shape (N, dimension); uint8 or float32.
        second: Shape (M, dimension), stored in the same way.
        kind: How descriptors are stored: `binary` ones are compared by Hamming distance, others by L2.
        ratio: The nearest distance must be below this share of the second nearest, above 0 and at most 1.
        mutual: Whether the first descriptor must also be the nearest one to the second.

    Returns:
        Shape (P, 2), int64: index in `first`, index in `second`; rising by the first. Empty where `second`
        has fewer than two descriptors, since nothing is then a second nearest.

    >>> grid = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    >>> nearest_pairs(np.array([[1, 0], [5, 5]], np.float32), grid, "float32").tolist()
    [[0, 0]]
    """
    pairs, passed = nearest_of_each(first, second, kind, ratio=ratio, mutual=mutual)
    return pairs[passed]


def nearest_of_each(
    first: Descriptors, second: Descriptors, kind: DescriptorType, *, ratio: float = 0.8, mutual: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Returns the nearest of every descriptor, and which pairs pass the test; arguments of `nearest_pairs`.

    Returns:
        Shape (N, 2), int64: index in `first`, index in `second`; and shape (N,), bool. N is 0 where `second`
        has fewer than two descriptors.
    """
    [(pairs, passed)] = nearest_in_each(first, [second], kind, ratio=ratio)
    if not mutual or not len(pairs):
        return pairs, passed
    back, _ = nearest_of_each(second, first, kind, ratio=ratio)
    if not len(back):  # a single descriptor is the nearest to all
        return pairs, passed
    return pairs, passed & (back[pairs[:, 1], 1] == pairs[:, 0])


def nearest_in_each(
    first: Descriptors, pictures: Sequence[Descriptors], kind: DescriptorType, *, ratio: float = 0.8
) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Returns what `nearest_of_each` does for each of several pictures, from one table of distances.

    Args:
        first: Shape (N, dimension); uint8 or float32.
        pictures: Of each picture, shape (M, dimension), stored in the same way.
        kind: How descriptors are stored, see `nearest_pairs`.
        ratio: Of the test within each picture.
    """
    counts = [len(each) for each in pictures]
    nothing = np.empty((0, 2), np.int64), np.empty(0, np.bool_)
    if len(first) == 0 or not pictures:
        return [nothing for _ in pictures]
    distances = _hamming if kind == "binary" else _squared_l2
    # Squared distances are compared by the squared ratio.
    limit = ratio if kind == "binary" else ratio * ratio
    every: Any = pictures[0] if len(pictures) == 1 else np.concatenate(pictures)
    found: list[list[tuple[NDArray[np.int64], NDArray[np.bool_]]]] = [[] for _ in pictures]
    for start in range(0, len(first), _ROWS_AT_ONCE):
        table, of_row = distances(first[start : start + _ROWS_AT_ONCE], every)
        for tests, count, end in zip(found, counts, np.cumsum(counts).tolist(), strict=True):
            if count >= 2:
                tests.append(_ratio_test(table[:, end - count : end], of_row, limit))
    rows = np.arange(len(first))
    return [
        (
            np.column_stack([rows, np.concatenate([each for each, _ in tests])]),
            np.concatenate([each for _, each in tests]),
        )
        if tests
        else nothing
        for tests in found
    ]


def _ratio_test(
    table: NDArray[np.float32], of_row: NDArray[np.float32], limit: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Returns the column of each row's nearest, and whether it passes; overwrites the table."""
    rows = np.arange(len(table))
    best = table.argmin(axis=1)
    # Rounding takes equal descriptors a hair below zero.
    nearest = np.maximum(table[rows, best] + of_row, 0)
    table[rows, best] = np.inf
    second = np.maximum(table.min(axis=1) + of_row, 0)
    return best.astype(np.int64), nearest < np.float32(limit) * second


def _squared_l2(first: Descriptors, second: Descriptors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns the table of distances less a number of each row, and these numbers.

    What is the same for a whole row does not change which column is the nearest: it is added to two elements
    of the row instead of all.
    """
    a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
    table: NDArray[np.float32] = a @ (-2 * b).T
    table += np.einsum("ij,ij->i", b, b)[None]
    return table, np.einsum("ij,ij->i", a, a)


def _hamming(first: Descriptors, second: Descriptors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    a, b = _packed(first), _packed(second)
    table = np.zeros((len(a), len(b)), np.uint16)
    for word in range(a.shape[1]):
        table += np.bitwise_count(a[:, word, None] ^ b[None, :, word])
    return table.astype(np.float32), np.zeros(len(a), np.float32)


def _packed(descriptors: Descriptors) -> NDArray[np.uint64]:
    missing = -descriptors.shape[1] % 8
    padded: NDArray[Any] = np.pad(np.asarray(descriptors, np.uint8), ((0, 0), (0, missing)))
    return np.ascontiguousarray(padded).view(np.uint64)
