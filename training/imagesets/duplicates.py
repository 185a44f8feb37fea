"""Finds near duplicates: one picture re-encoded, resized, cropped, mirrored, brightened, framed or marked.

A perceptual hash proposes pairs. Those whose colours agree must be equal pixel by pixel after an alignment
(Evangelidis and Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient Maximization",
PAMI 2008); of the others keypoints must agree on one view, and most pixels after it (`copies`). Another
reproduction of the same painting has other colours and is not a duplicate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from training.imagesets.copies import LEAST_SIDE_PX, Copies, Pixels
from training.imagesets.looks import SIDE_PX, Look, look_at

__all__ = ["Look", "look_at", "near_duplicate_groups"]

# Measured on copies made by JPEG (quality 30), reduction to a third and crops of up to 8 %, and on other
# reproductions of the same works: the copies are below, nearly all other reproductions above.
_MAX_HASH_BITS: Final = 92
_MAX_MOMENT_DIFFERENCE: Final = 8.0
_MAX_COLOUR_DISTANCE: Final = 5.0
_MIN_OVERLAP: Final = 0.75
_MAX_SHEAR: Final = 0.05
_MAX_STRETCH: Final = 0.18
# With so few bits apart other colours, a mirror or a border are looked into. Of a million pairs of unrelated
# pictures ten are.
_MAX_ALIKE_BITS: Final = 88
# Of moments, once both are as bright, on OpenCV's 8-bit CIELAB scale: mean of a and b, deviation of L, a, b.
_MAX_CAST: Final = np.array([3.0, 3.0, 8.0, 2.2, 2.2])
_DARKEST: Final = 20.0
_MOST_IN_VAIN: Final = 6
"""A picture that was no copy of so many others is not compared any further: a burst would take hours."""
_BLOCK: Final = 64
_AHEAD: Final = 4
"""Pairs of each job that are compared before it is known whether those before them settle them."""


class Proposal(NamedTuple):
    """Two pictures whose looks are alike.

    Attributes:
        different: Bits by which their hashes differ.
        one: Number of the first.
        other: Number of the second, above the first.
        mirrored: Whether one is alike to the mirror of the other.
        is_plain: Whether they are alike with their borders, and not mirrored.
    """

    different: int
    one: int
    other: int
    mirrored: bool
    is_plain: bool


def near_duplicate_groups(
    looks: Sequence[Look], read: Callable[[int], Pixels] | None = None, jobs: int = 1
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Finds groups of near duplicates, and the pairs that they are made of.

    Args:
        looks: Of every picture.
        read: Reads a picture again by its number, as `Copies` takes it; without it only looks are compared.
        jobs: Number of pairs that are compared at a time.

    Returns:
        Group number of every picture (int64, from 0, in order of first appearance), and pairs (i < j).
    """
    copies = Copies(read) if read else None
    found: dict[tuple[int, int], None] = {}
    group_of = list(range(len(looks)))
    in_vain = Counter[int]()

    def join(one: int, other: int) -> None:
        found[one, other] = None
        kept, gone = _root(group_of, one), _root(group_of, other)
        group_of[max(kept, gone)] = min(kept, gone)

    def is_settled(pair: Proposal) -> bool:
        known = _root(group_of, pair.one) == _root(group_of, pair.other)
        return known or min(in_vain[pair.one], in_vain[pair.other]) >= _MOST_IN_VAIN

    further = []
    for each in _proposals(looks):
        here, there = looks[each.one], looks[each.other]
        if each.is_plain and _alike(here, there) and _same_picture(here.thumbnail, there.thumbnail):
            join(each.one, each.other)
        elif each.different <= _MAX_ALIKE_BITS and _same_cast(here, there):
            further.append(each)
    further.sort()
    at_once = jobs * _AHEAD if jobs > 1 else 1
    with ThreadPoolExecutor(jobs) as pool:
        for start in range(0, len(further), at_once):
            open_pairs = [each for each in further[start : start + at_once] if not is_settled(each)]
            same = pool.map(partial(_are_same, looks, copies), open_pairs)
            for each, are_same in zip(open_pairs, same, strict=True):
                if is_settled(each):  # by a pair before it: one at a time, it would not have been compared
                    continue
                if are_same:
                    join(each.one, each.other)
                else:
                    in_vain.update((each.one, each.other))
    return _groups(len(looks), sorted(found)), sorted(found)


def _are_same(looks: Sequence[Look], copies: Copies | None, pair: Proposal) -> bool:
    one, other = looks[pair.one], looks[pair.other]
    if min(*one.size_px, *other.size_px) < LEAST_SIDE_PX:
        return _same_small(one.content, other.content, mirrored=pair.mirrored)
    return copies is not None and copies.are_same(pair.one, pair.other, mirrored=pair.mirrored)


def _root(group_of: list[int], number: int) -> int:
    while group_of[number] != number:
        group_of[number] = group_of[group_of[number]]
        number = group_of[number]
    return number


def _groups(count: int, pairs: list[tuple[int, int]]) -> NDArray[np.int64]:
    first, second = (np.array([each[side] for each in pairs], np.int64) for side in (0, 1))
    links = coo_matrix((np.ones(len(pairs)), (first, second)), shape=(count, count))
    _, groups = connected_components(links, directed=False)
    return np.asarray(groups, np.int64)


def _proposals(looks: Sequence[Look]) -> Iterator[Proposal]:
    """Yields pairs with few bits apart: with borders or without, as they are or one of them mirrored."""
    views = [(number, each) for number, each in enumerate(looks)]
    bordered = [(number, each.inner) for number, each in enumerate(looks) if each.inner is not None]
    every = [*views, *bordered]
    owner = np.array([number for number, _ in every])
    bits = np.stack([each.bits for _, each in every])
    mirrored = np.stack([each.mirrored for _, each in every])
    best: dict[tuple[int, int, bool], tuple[int, bool]] = {}
    for start in range(0, len(every), _BLOCK):
        rows = slice(start, start + _BLOCK)
        for side, of_rows in ((False, bits[rows]), (True, mirrored[rows])):
            different = np.bitwise_count(of_rows[:, None] ^ bits[None, start:]).sum(axis=2, dtype=np.uint16)
            limit = _MAX_ALIKE_BITS if side else _MAX_HASH_BITS
            for row, column in np.argwhere(different <= limit):
                here, there = start + int(row), start + int(column)
                one, other = sorted((int(owner[here]), int(owner[there])))
                if here < there and one != other:
                    plain = not side and max(here, there) < len(views)
                    key, value = (one, other, side), (int(different[row, column]), plain)
                    known = best.get(key, (257, False))
                    best[key] = (min(known[0], value[0]), known[1] or plain)
    for (one, other, side), (count, plain) in best.items():
        yield Proposal(count, one, other, side, plain)


def _alike(one: Look, other: Look) -> bool:
    return bool(np.abs(one.moments - other.moments).max() < _MAX_MOMENT_DIFFERENCE)


def _same_cast(one: Look, other: Look) -> bool:
    """Whether colours are distributed about alike, with borders or without, once both are as bright."""
    return any(
        bool((np.abs(_cast(here) - _cast(there)) < _MAX_CAST).all())
        for here in {id(each): each for each in (one, one.content)}.values()
        for there in {id(each): each for each in (other, other.content)}.values()
    )


def _cast(look: Look) -> NDArray[np.float32]:
    """Returns mean of a and b, and deviation of L, a and b, of the picture made middle bright."""
    lightness, *colors = look.moments
    factor = 100 / max(_DARKEST, float(lightness))
    return np.array([colors[0] - 128, colors[1] - 128, *colors[2:]], np.float32) * np.float32(factor)


def _same_small(one: Look, other: Look, *, mirrored: bool) -> bool:
    """Compares thumbnails of pictures that are too small for keypoints, as bright as each other."""
    there = other.thumbnail[:, ::-1] if mirrored else other.thumbnail
    gain = float(one.moments[0] / max(1.0, float(other.moments[0])))
    brightened = there * np.float32(gain)
    brightened[..., 1:] = (there[..., 1:] - 128) * np.float32(gain) + 128
    return _same_picture(one.thumbnail, np.asarray(brightened, np.float32))


def _same_picture(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    if _distance(one, other) < _MAX_COLOUR_DISTANCE:
        return True
    return _aligned_distance(one, other) < _MAX_COLOUR_DISTANCE


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.sqrt(((one - other) ** 2).sum(axis=-1).mean()))


def _aligned_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-3)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, warp = cv2.findTransformECC(
            one[..., 0].copy(), other[..., 0].copy(), start, cv2.MOTION_AFFINE, criteria
        )
    except cv2.error:  # It found no alignment.
        return np.inf
    stretch = max(abs(warp[0, 0] - 1), abs(warp[1, 1] - 1))
    if abs(warp[0, 1]) + abs(warp[1, 0]) > _MAX_SHEAR or stretch > _MAX_STRETCH:
        return np.inf
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(other, warp, (SIDE_PX, SIDE_PX), flags=flags, borderValue=(-1e4, -1e4, -1e4))
    inside = moved[..., 0] >= 0
    if inside.mean() < _MIN_OVERLAP:
        return np.inf
    return _distance(one[inside], np.asarray(moved[inside], np.float32))
