"""Pairs of pictures whose looks are alike: of each picture only those nearest to it.

In a burst, or a set of things on white paper, every picture is alike to every other. Comparing all those
pairs would take hours for a few thousand pictures, and keeping them gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.imagesets.looks import Look

MOST_TRIED: Final = 32
"""Pictures that are tried in vain for one, nearest first."""

# Measured on copies made by JPEG (quality 30), reduction to a third and crops of up to 8 %, and on other
# reproductions of the same works: the copies are below, nearly all other reproductions above.
_MAX_HASH_BITS: Final = 92
_MAX_MOMENT_DIFFERENCE: Final = 8.0
# With so few bits apart other colours, a mirror or a border are looked into. Of a million pairs of unrelated
# pictures ten are.
_MAX_ALIKE_BITS: Final = 88
# Of moments, once both are as bright, on OpenCV's 8-bit CIELAB scale: mean of a and b, deviation of L, a, b.
_MAX_CAST: Final = np.array([3.0, 3.0, 8.0, 2.2, 2.2])
_DARKEST: Final = 20.0
_BLOCK: Final = 64


class Groups:
    """Groups of pictures that are joined one by one, each named by its first picture.

    Args:
        count: Number of pictures.
        known: Groups of the first ones, int64, which were compared with each other before; None where there
            are none.

    Attributes:
        named: Group of every picture, int64.
    """

    def __init__(self, count: int, known: NDArray[np.int64] | None = None) -> None:
        self.named = np.arange(count)
        self._compared = 0 if known is None else len(known)
        if known is not None:
            _, first, group = np.unique(known, return_index=True, return_inverse=True)
            self.named[: len(known)] = first[group]

    def are_settled(self, one: int, other: int) -> bool:
        """Whether two pictures are in one group, or were compared before."""
        return bool(self.named[one] == self.named[other]) or max(one, other) < self._compared

    def join(self, one: int, other: int) -> None:
        """Makes the groups of two pictures one."""
        kept, gone = sorted((self.named[one], self.named[other]))
        self.named[self.named == gone] = kept

    def others(self, one: int, found: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Says of each of the pictures found whether it must be compared with this one."""
        open_pairs = np.maximum(found, one) >= self._compared
        return np.asarray((self.named[found] != self.named[one]) & open_pairs, np.bool_)


class Pair(NamedTuple):
    """Two pictures whose looks are alike.

    Attributes:
        different: Bits by which their hashes differ.
        one: Number of the first.
        other: Number of the second, above the first.
        mirrored: Whether one is alike to the mirror of the other.
    """

    different: int
    one: int
    other: int
    mirrored: bool


def alike_as_they_are(looks: Sequence[Look], groups: Groups) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yields each picture with those of other groups, nearest first, that are alike to it, borders and all.

    Args:
        looks: Of every picture.
        groups: Of the pictures; what is joined meanwhile counts for the pictures that follow.
    """
    bits = np.stack([each.bits for each in looks])
    moments = np.stack([each.moments for each in looks])
    for start in range(0, len(bits), _BLOCK):
        for number, different in enumerate(_bits_apart(bits[start : start + _BLOCK], bits), start):
            found = np.flatnonzero(different <= _MAX_HASH_BITS)
            found = found[groups.others(number, found)]
            apart = np.abs(moments[found] - moments[number]).max(axis=1)
            found = found[apart < _MAX_MOMENT_DIFFERENCE]
            yield number, found[np.argsort(different[found], kind="stable")]


def alike_without_borders(looks: Sequence[Look], groups: Groups) -> list[Pair]:
    """Finds pairs in two groups that are alike with borders or without, as they are or one mirrored.

    Args:
        looks: Of every picture.
        groups: Of the pictures.

    Returns:
        The pairs, nearest first; of each picture and view the nearest ones.
    """
    views = [(number, each) for number, each in enumerate(looks)]
    views += [(number, each.inner) for number, each in enumerate(looks) if each.inner is not None]
    owner = np.array([number for number, _ in views])
    bits = np.stack([each.bits for _, each in views])
    mirrored = np.stack([each.mirrored for _, each in views])
    casts = np.array([[_cast(each), _cast(each.content)] for each in looks])
    best: dict[tuple[int, int, bool], int] = {}
    for start in range(0, len(views), _BLOCK):
        rows = slice(start, start + _BLOCK)
        # A mirror's bits are not quite the mirror of its bits: the view that comes first is turned.
        before = np.arange(len(views)) < np.arange(start, min(start + _BLOCK, len(views)))[:, None]
        turned = np.where(before, _bits_apart(bits[rows], mirrored), _bits_apart(mirrored[rows], bits))
        for is_mirror, of_rows in ((False, _bits_apart(bits[rows], bits)), (True, turned)):
            for view, different in enumerate(of_rows, start):
                number = int(owner[view])
                found = np.flatnonzero(different <= _MAX_ALIKE_BITS)
                found = found[groups.others(number, owner[found])]
                found = found[_same_cast(casts[number], casts[owner[found]])]
                for each in found[np.argsort(different[found], kind="stable")[:MOST_TRIED]]:
                    one, other = sorted((number, int(owner[each])))
                    key = (one, other, is_mirror)
                    best[key] = min(best.get(key, 257), int(different[each]))
    return sorted(Pair(count, one, other, side) for (one, other, side), count in best.items())


def _bits_apart(rows: NDArray[np.uint64], bits: NDArray[np.uint64]) -> NDArray[np.uint16]:
    return np.asarray(np.bitwise_count(rows[:, None] ^ bits[None]).sum(axis=2), np.uint16)


def _same_cast(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether colours are distributed about alike, with borders or without, once both are as bright."""
    apart = np.abs(one[None, :, None] - others[:, None])
    return np.asarray((apart < _MAX_CAST).all(axis=3).any(axis=(1, 2)), np.bool_)


def _cast(look: Look) -> NDArray[np.float32]:
    """Returns mean of a and b, and deviation of L, a and b, of the picture made middle bright."""
    lightness, *colors = look.moments
    factor = 100 / max(_DARKEST, float(lightness))
    return np.array([colors[0] - 128, colors[1] - 128, *colors[2:]], np.float32) * np.float32(factor)
