"""Pairs of descriptors that are clearly each other's nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType

Descriptors: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]

_TABLE_BYTES: Final = 1 << 20
"""Of the tables of distances: what is looked through three times had better stay in a core's cache."""


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
    """Returns what `nearest_of_each` does for each of several pictures.

    Args:
        first: Shape (N, dimension); uint8 or float32.
        pictures: Of each picture, shape (M, dimension), stored in the same way.
        kind: How descriptors are stored, see `nearest_pairs`.
        ratio: Of the test within each picture.
    """
    # Squared distances are compared by the squared ratio.
    limit = np.float32(ratio if kind == "binary" else ratio * ratio)
    rows: NDArray[Any] = _packed(first) if kind == "binary" else np.asarray(first, np.float32)
    of_row = np.zeros(len(rows), np.float32) if kind == "binary" else _squares(rows)
    numbers, found = np.arange(len(rows)), []
    for picture in pictures:
        if not len(rows) or len(picture) < 2:
            found.append((np.empty((0, 2), np.int64), np.empty(0, np.bool_)))
            continue
        tests = [_ratio_test(table, of_row[part], limit) for part, table in _tables(rows, picture, kind)]
        nearest = np.empty((len(rows), 2), np.int64)
        nearest[:, 0] = numbers
        nearest[:, 1] = np.concatenate([each for each, _ in tests])
        found.append((nearest, np.concatenate([each for _, each in tests])))
    return found


def _ratio_test(
    table: NDArray[np.float32], of_row: NDArray[np.float32], limit: np.float32
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Returns the column of each row's nearest, and whether it passes; overwrites the table."""
    rows = np.arange(len(table))
    best = table.argmin(axis=1)
    # Rounding takes equal descriptors a hair below zero.
    nearest = np.maximum(table[rows, best] + of_row, 0)
    table[rows, best] = np.inf
    # NumPy finds the place of the least number in less time than the number itself.
    second = np.maximum(table[rows, table.argmin(axis=1)] + of_row, 0)
    return best, nearest < limit * second


def _tables(
    rows: NDArray[Any], picture: Descriptors, kind: DescriptorType
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Cuts the table of distances of a picture's descriptors into parts of some rows each.

    Of squared distances, a number of each row is left out (`_squares`). What is the same for a whole row does
    not change which column is the nearest: it is added to two elements of the row instead of all.
    """
    at_once = max(1, _TABLE_BYTES // (4 * len(picture)))
    parts = (slice(start, start + at_once) for start in range(0, len(rows), at_once))
    if kind == "binary":
        packed = _packed(picture)
        for part in parts:
            yield part, _hamming(rows[part], packed)
        return
    columns = np.asarray(picture, np.float32)
    across, of_column = (-2 * columns).T, _squares(columns)
    for part in parts:
        table = rows[part] @ across
        table += of_column
        yield part, table


def _squares(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.einsum("ij,ij->i", rows, rows), np.float32)


def _hamming(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.float32]:
    table = np.zeros((len(first), len(second)), np.uint16)
    for word in range(first.shape[1]):
        table += np.bitwise_count(first[:, word, None] ^ second[None, :, word])
    return table.astype(np.float32)


def _packed(descriptors: Descriptors) -> NDArray[np.uint64]:
    missing = -descriptors.shape[1] % 8
    padded: NDArray[Any] = np.pad(np.asarray(descriptors, np.uint8), ((0, 0), (0, missing)))
    return np.ascontiguousarray(padded).view(np.uint64)
