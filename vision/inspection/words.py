"""Visual words of one picture: the word of each descriptor, and how often each occurs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def nearest_words(
    descriptors: NDArray[np.uint8] | NDArray[np.float32], codebook: NDArray[np.float32], *, binary: bool
) -> NDArray[np.int64]:
    """Finds the nearest visual word of every descriptor, as the encoder does.

    Args:
        descriptors: Shape (N, D). Elements behind the codebook's, such as a keypoint's position, do not
            count.
        codebook: Shape (K, D); bits where descriptors are packed bits, so shape (K, 8 · D).
        binary: Whether descriptors are packed bits.

    Returns:
        Shape (N,), int64: 0 to K - 1.

    >>> book = np.array([[0, 0], [10, 10]], np.float32)
    >>> nearest_words(np.array([[1, 2], [9, 9]], np.float32), book, binary=False).tolist()
    [0, 1]
    """
    if not len(descriptors):
        return np.zeros(0, np.int64)
    elements = np.unpackbits(descriptors.astype(np.uint8), axis=1) if binary else descriptors
    rows = elements[:, : codebook.shape[1]].astype(np.float32)
    half_norms = np.asarray((codebook.astype(np.float64) ** 2).sum(axis=1) / 2, np.float32)
    return np.asarray((rows @ codebook.T - half_norms).argmax(axis=1), np.int64)


def word_shares(words: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Computes the share of each word among the words of a picture, shape (count,); zeros without any.

    >>> word_shares(np.array([0, 2, 2, 2]), 3).tolist()
    [0.25, 0.0, 0.75]
    """
    return np.bincount(words, minlength=count) / max(1, len(words))
