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
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.imagesets.alike import (
    MOST_TRIED,
    Groups,
    Pair,
    alike_as_they_are,
    alike_without_borders,
)
from training.imagesets.copies import LEAST_SIDE_PX, Copies, Pixels
from training.imagesets.looks import SIDE_PX, Look, look_at
from training.progress import Progress, silent

__all__ = ["Look", "look_at", "near_duplicate_groups"]

# Measured on copies and other reproductions, as in `alike`: copies are below, nearly all others above.
_MAX_COLOUR_DISTANCE: Final = 5.0
_MIN_OVERLAP: Final = 0.75
_MAX_SHEAR: Final = 0.05
_MAX_STRETCH: Final = 0.18
_MOST_IN_VAIN: Final = 6
"""A picture that was no copy of so many others is not compared any further: a burst would take hours."""
_AHEAD: Final = 4
"""Pairs of each job that are compared before it is known whether those before them settle them."""


def near_duplicate_groups(
    looks: Sequence[Look],
    read: Callable[[int], Pixels] | None = None,
    jobs: int = 1,
    progress: Progress = silent,
    known: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Finds groups of near duplicates, and the pairs by which they were joined.

    Args:
        looks: Of every picture.
        read: Reads a picture again by its number, as `Copies` takes it; without it only looks are compared.
        jobs: Number of pairs that are compared at a time.
        progress: Called for the stage `comparing`.
        known: Groups of the first pictures, int64, which are not compared with each other again; None where
            nothing is known of them.

    Returns:
        Group number of every picture (int64, from 0, in order of first appearance), and pairs (i < j).
    """
    groups, found = Groups(len(looks), known), list[tuple[int, int]]()
    other_pictures, in_vain = set[tuple[int, int]](), Counter[int]()

    def join(one: int, other: int) -> None:
        groups.join(one, other)
        found.append((min(one, other), max(one, other)))

    def is_settled(pair: Pair) -> bool:
        settled = groups.are_settled(pair.one, pair.other)
        return settled or min(in_vain[pair.one], in_vain[pair.other]) >= _MOST_IN_VAIN

    for one, others in alike_as_they_are(looks, groups):
        for other in _copies_of(one, others, looks, groups, other_pictures):
            join(one, other)
        progress("comparing", one + 1, len(looks))
    further = alike_without_borders(looks, groups)
    copies = Copies(read) if read else None
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
    return np.unique(groups.named, return_inverse=True)[1], sorted(found)


def _copies_of(
    one: int,
    others: NDArray[np.int64],
    looks: Sequence[Look],
    groups: Groups,
    other_pictures: set[tuple[int, int]],
) -> Iterator[int]:
    """Yields the copies among the nearest pictures, until too many are none."""
    in_vain = 0
    for other in map(int, others):
        if groups.are_settled(one, other):
            continue
        pair = (min(one, other), max(one, other))
        if pair not in other_pictures and _same_picture(*(looks[each].thumbnail for each in pair)):
            yield other
            continue
        other_pictures.add(pair)
        in_vain += 1
        if in_vain == MOST_TRIED:
            return


def _are_same(looks: Sequence[Look], copies: Copies | None, pair: Pair) -> bool:
    one, other = looks[pair.one], looks[pair.other]
    if min(*one.size_px, *other.size_px) < LEAST_SIDE_PX:
        return _same_small(one.content, other.content, mirrored=pair.mirrored)
    return copies is not None and copies.are_same(pair.one, pair.other, mirrored=pair.mirrored)


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
