"""The fixed vocabulary of catalogues: descriptors to visual words and short signatures.

A product of two codebooks (Babenko and Lempitsky, "The Inverted Multi-Index", CVPR 2012): the descriptor is
projected to two halves, each half has 256 centres, and a pair of centres is one of 65,536 words. The 64 signs
of what is left over are the signature (Tolias, Avrithis and Jégou, "To aggregate or not to aggregate", ICCV
2013). It was learnt once (`training/vocabulary.py`) and is never trained again: a work can be added at any
time, and every catalogue of the same vocabulary counts the same words.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray

CENTRES: Final = 256
"""Centres of each half."""
WORDS: Final = CENTRES * CENTRES
HALF: Final = 32
"""Elements of a half, and bits of its part of the signature."""
_NEAREST_CENTRES: Final = 6
"""Centres of a half whose pairs are ordered; 36 pairs hold the nearest few words nearly always."""
_FILE: Final = "vocabulary.npz"


@dataclass(frozen=True)
class Vocabulary:
    """Two codebooks behind one projection.

    Attributes:
        mean: Shape (128,), float32: the mean descriptor.
        projection: Shape (128, 64), float32.
        centres: Shape (2, 256, 32), float32: the centres of both halves.
        digest: SHA-256 (hexadecimal) of its file; catalogues keep it.
    """

    mean: NDArray[np.float32]
    projection: NDArray[np.float32]
    centres: NDArray[np.float32]
    digest: str

    def words(self, descriptors: NDArray[np.uint8]) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
        """Finds the nearest word of each descriptor.

        Args:
            descriptors: Shape (N, 128), uint8, from RootSIFT.

        Returns:
            Words, shape (N,), uint16, and signatures, shape (N,), uint64.
        """
        words, signatures = self.nearest_words(descriptors, 1)
        return words[:, 0], signatures[:, 0]

    def nearest_words(
        self, descriptors: NDArray[np.uint8], count: int
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
        """Finds the nearest few words of each descriptor, the nearest first.

        Args:
            descriptors: Shape (N, 128), uint8, from RootSIFT.
            count: How many, 1 to 36.

        Returns:
            Words, shape (N, count), uint16, and the signature towards each of them, likewise, uint64.
        """
        projected = np.asarray((descriptors.astype(np.float32) - self.mean) @ self.projection, np.float32)
        few = min(count, _NEAREST_CENTRES)  # the third nearest centre is in none of the nearest two pairs
        halves = [
            self._nearest_centres(projected[:, part * HALF : (part + 1) * HALF], part, few) for part in (0, 1)
        ]
        (first, first_apart, first_bits), (second, second_apart, second_bits) = halves
        sums = (first_apart[:, :, None] + second_apart[:, None, :]).reshape(len(first), few**2)
        order = np.argsort(sums, axis=1, kind="stable")[:, :count]
        row, left, right = np.arange(len(first))[:, None], order // few, order % few
        words = first[row, left].astype(np.uint16) * np.uint16(CENTRES) + second[row, right].astype(np.uint16)
        signatures = first_bits[row, left] | second_bits[row, right] << np.uint64(HALF)
        return words, signatures

    def _nearest_centres(
        self, half: NDArray[np.float32], part: int, few: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.uint64]]:
        """Returns the nearest centres of one half, their squared distances, and the signs of what is left."""
        centres, rows = self.centres[part], np.arange(len(half))
        apart = self._norms[part] - 2 * (half @ centres.T)
        nearest, distances = np.empty((len(half), few), np.intp), np.empty((len(half), few), np.float32)
        for rank in range(few):  # a third of the time that a partial sort takes
            nearest[:, rank] = apart.argmin(axis=1)
            distances[:, rank] = apart[rows, nearest[:, rank]]
            apart[rows, nearest[:, rank]] = np.inf
        left_over = half[:, None, :] > centres[nearest]
        packed = np.packbits(left_over, axis=2, bitorder="little")
        bits = np.ascontiguousarray(packed).view(np.uint32)[..., 0].astype(np.uint64)
        return nearest, distances, bits

    @cached_property
    def _norms(self) -> NDArray[np.float32]:
        return np.asarray((self.centres**2).sum(axis=2), np.float32)

    def to_bytes(self) -> bytes:
        """Writes it as a NumPy archive without pickled objects."""
        stream = BytesIO()
        np.savez(stream, allow_pickle=False, mean=self.mean, projection=self.projection, centres=self.centres)
        return stream.getvalue()


def read_vocabulary(data: bytes) -> Vocabulary:
    """Reads what `Vocabulary.to_bytes` wrote."""
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: np.asarray(archive[name], np.float32) for name in ("mean", "projection", "centres")}
    return Vocabulary(**arrays, digest=hashlib.sha256(data).hexdigest())


@lru_cache(maxsize=1)
def fixed_vocabulary() -> Vocabulary:
    """Returns the vocabulary that comes with lienzo."""
    return read_vocabulary((files(__package__) / _FILE).read_bytes())
