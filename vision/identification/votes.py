"""Votes of a photo for works: which have descriptors like its own, and roughly in one place.

Hamming embedding with weak geometric consistency (Jégou, Douze and Schmid, ECCV 2008): a descriptor of the
photo votes for the descriptors of its nearest words whose signature is close, each vote with the turn and
the change of scale that it would mean; a work counts the votes of its commonest turn and change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import LocalFeatures
from vision.identification.index import Part, geometry_of
from vision.identification.vocabulary import WORDS, Vocabulary, fixed_vocabulary

_CAREFUL: Final = ((5_000_000, 8, 22), (15_000_000, 4, 20))
_QUICK: Final = (2, 18)
"""Words asked for each descriptor, and bits of 64 that may differ (unrelated signatures differ in 32 ± 4):
fewer in an index of more entries, where chance fills the votes and the right work still stands out."""
_WEIGHED: Final = 256
"""Works whose votes are looked at closely, those with the most votes."""
_SPREAD: Final = 12.0
"""Bits over which a vote loses weight (Jégou et al., "On the burstiness of visual elements", CVPR 2009)."""
_FEW: Final = 50
"""So many works a catalogue is taken to have at least, when it is asked how telling a word is."""
_TURNS: Final = 16
_SCALES: Final = 16
"""Cells of 22.5° and of half an octave, from 1/16 to 16."""


@dataclass(frozen=True)
class PhotoWords:
    """The words of a photo, several for each descriptor.

    Attributes:
        words: Shape (N, count), uint16; the nearest first.
        signatures: Shape (N, count), uint64, towards each of them.
        turns: Shape (N,), uint8.
        octaves: Shape (N,), uint8.
    """

    words: NDArray[np.uint16]
    signatures: NDArray[np.uint64]
    turns: NDArray[np.uint8]
    octaves: NDArray[np.uint8]

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """What a vote of each descriptor counts, shape (N,): a wall of bricks says little with each of them.

        One over the root of how many share its nearest word ("burstiness", as for `_SPREAD`).
        """
        nearest = self.words[:, 0]
        return np.asarray(1 / np.sqrt(np.bincount(nearest, minlength=WORDS)[nearest]), np.float32)


def care_for(parts: Sequence[Part]) -> tuple[int, int]:
    """Returns how many words of each descriptor to ask for, and how many bits may differ."""
    entries = sum(len(part) for part in parts)
    return next(((words, bits) for most, words, bits in _CAREFUL if entries <= most), _QUICK)


def photo_words(
    features: LocalFeatures, longer_side_px: float, vocabulary: Vocabulary, count: int
) -> PhotoWords:
    """Finds the words of a photo, so many of each descriptor."""
    words, signatures = vocabulary.nearest_words(np.asarray(features.descriptors, np.uint8), count)
    return PhotoWords(words, signatures, *geometry_of(features.keypoints, longer_side_px))


@dataclass(frozen=True)
class Votes:
    """Votes of descriptors of a photo for works.

    Attributes:
        rows: Shape (V,), int32: which descriptor votes.
        works: Shape (V,), int32: for which work.
        cells: Shape (V,), int32: its turn and change of scale.
        weights: Shape (V,), float32.
    """

    rows: NDArray[np.int32]
    works: NDArray[np.int32]
    cells: NDArray[np.int32]
    weights: NDArray[np.float32]


def votes_in(part: Part, photo: PhotoWords, weight_of_word: NDArray[np.float32], bits: int) -> Votes:
    """Collects the votes of a photo for the works of a part.

    Args:
        part: The works.
        photo: The words of the photo.
        weight_of_word: Shape (WORDS,), float32: how telling each word is.
        bits: How many bits of a signature may differ.
    """
    asked = photo.words.ravel().astype(np.int64)
    begin = part.starts[asked]
    counts = part.starts[asked + 1] - begin
    total = int(counts.sum())
    source = np.repeat(np.arange(len(asked), dtype=np.int32), counts)
    ahead = np.cumsum(counts) - counts
    entries = np.arange(total, dtype=np.int64) + np.repeat(begin - ahead, counts)
    apart = np.bitwise_count(part.signatures[entries] ^ photo.signatures.ravel()[source])
    close = np.flatnonzero(apart <= bits)
    source, entries, apart = source[close], entries[close], apart[close].astype(np.float32)
    rows = source // photo.words.shape[1]
    weights = weight_of_word[asked[source]] * np.exp(-((apart / _SPREAD) ** 2)) * photo.rarity[rows]
    turn = (photo.turns[rows].astype(np.int32) - part.turns[entries]) % 256 * _TURNS // 256
    scale = (photo.octaves[rows].astype(np.int32) - part.octaves[entries]) // 8 + _SCALES // 2
    cells = turn + _TURNS * np.clip(scale, 1, _SCALES - 2)
    return Votes(rows, part.works[entries], cells, weights.astype(np.float32))


def votes_for(
    features: LocalFeatures,
    longer_side_px: float,
    parts: Sequence[Part],
    weights: NDArray[np.float32],
    is_live: NDArray[np.bool_],
) -> Votes:
    """Collects the votes of a photo for the works of an index.

    Args:
        features: RootSIFT of the photo.
        longer_side_px: Of the photo.
        parts: The index.
        weights: Shape (WORDS,), float32: how telling each word is.
        is_live: Shape (M,), bool: which numbers are works that have not been removed.
    """
    count, bits = care_for(parts)
    words = photo_words(features, longer_side_px, fixed_vocabulary(), count)
    found = [votes_in(part, words, weights, bits) for part in parts]
    if not found:
        nothing = np.empty(0, np.int32)
        return Votes(nothing, nothing, nothing, np.empty(0, np.float32))
    columns = {
        name: np.concatenate([getattr(each, name) for each in found])
        for name in ("rows", "works", "cells", "weights")
    }
    live = is_live[columns["works"]]
    return Votes(**{name: column[live] for name, column in columns.items()})


def scored_works(votes: Votes, rows: NDArray[np.bool_], count: int) -> list[tuple[int, float]]:
    """Ranks works by the votes of their commonest turn and change of scale.

    Args:
        votes: All votes.
        rows: Shape (N,), bool: which descriptors of the photo count.
        count: How many works at most.

    Returns:
        Number and score, the highest score first.
    """
    kept = rows[votes.rows]
    if not kept.any():
        return []
    totals = np.bincount(votes.works, np.where(kept, votes.weights, 0))
    if np.count_nonzero(totals) > _WEIGHED:
        has_many = np.zeros(len(totals), np.bool_)
        has_many[np.argpartition(-totals, _WEIGHED)[:_WEIGHED]] = True
        kept &= has_many[votes.works]
    works, cells, weights = votes.works[kept], votes.cells[kept], votes.weights[kept]
    numbers, dense = np.unique(works, return_inverse=True)
    # A descriptor that finds many likenesses in one work is a pattern, and says less with each of them.
    pairs = dense.astype(np.int64) * len(rows) + votes.rows[kept]
    _, pair, repeats = np.unique(pairs, return_inverse=True, return_counts=True)
    weights = weights / np.sqrt(repeats[pair])
    table = np.bincount(
        dense * (_TURNS * _SCALES) + cells, weights, minlength=len(numbers) * _TURNS * _SCALES
    ).reshape(len(numbers), _SCALES, _TURNS)
    turned = table + np.roll(table, 1, axis=2) + np.roll(table, -1, axis=2)
    summed = turned[:, 1:-1] + turned[:, 2:] + turned[:, :-2]
    scores = summed.max(axis=(1, 2))
    best = np.argsort(-scores, kind="stable")[:count]
    return [(int(numbers[each]), float(scores[each])) for each in best]


def word_weights(parts: Sequence[Part], works: int) -> NDArray[np.float32]:
    """Returns how telling each word is: the squared logarithm of how few entries it has (idf, squared).

    A few works are counted as `_FEW`: two that look alike have all their words in common, which would then
    tell nothing.
    """
    works = max(works, _FEW)
    entries = np.zeros(WORDS, np.int64)
    for part in parts:
        entries += np.diff(part.starts)
    return np.asarray(np.log((works + 1) / np.minimum(entries + 1, works + 0.5)) ** 2, np.float32)
