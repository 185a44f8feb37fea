"""The inverted file: which works have descriptors like those of a photo, and roughly in one place.

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
class WorkWords:
    """The words of one work.

    Attributes:
        words: Shape (N,), uint16.
        signatures: Shape (N,), uint64.
        turns: Shape (N,), uint8: angles of the keypoints in 256ths of a circle.
        octaves: Shape (N,), uint8: diameters in sixteenths of an octave of a 512th of the longer side.
    """

    words: NDArray[np.uint16]
    signatures: NDArray[np.uint64]
    turns: NDArray[np.uint8]
    octaves: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True)
class Part:
    """Works that were indexed together: what they have of each word.

    Attributes:
        starts: Shape (WORDS + 1,), int64: where each word's entries begin.
        works: Shape (P,), int32: numbers of works.
        signatures: Shape (P,), uint64.
        turns: Shape (P,), uint8.
        octaves: Shape (P,), uint8.
    """

    starts: NDArray[np.int64]
    works: NDArray[np.int32]
    signatures: NDArray[np.uint64]
    turns: NDArray[np.uint8]
    octaves: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.works)


def indexed(works: dict[int, WorkWords]) -> Part:
    """Indexes works by their numbers."""
    numbers = np.repeat(
        np.fromiter(works, np.int32, len(works)),
        np.fromiter((len(each) for each in works.values()), np.int64, len(works)),
    )
    columns = list(works.values())

    words = np.concatenate([np.empty(0, np.uint16), *(each.words for each in columns)])
    signatures = np.concatenate([np.empty(0, np.uint64), *(each.signatures for each in columns)])
    turns = np.concatenate([np.empty(0, np.uint8), *(each.turns for each in columns)])
    octaves = np.concatenate([np.empty(0, np.uint8), *(each.octaves for each in columns)])
    return _sorted(words, numbers, signatures, turns, octaves)


def joined(first: Part, second: Part) -> Part:
    """Makes one part of two."""
    return _sorted(
        np.concatenate([_words_of(first), _words_of(second)]),
        np.concatenate([first.works, second.works]),
        np.concatenate([first.signatures, second.signatures]),
        np.concatenate([first.turns, second.turns]),
        np.concatenate([first.octaves, second.octaves]),
    )


def renumbered(part: Part, numbers: NDArray[np.int32]) -> Part:
    """Gives the works of a part other numbers, and leaves works out.

    Args:
        part: The works.
        numbers: Shape (M,), int32: the new number of each; -1 for a work that is left out.
    """
    works = numbers[part.works]
    kept = np.flatnonzero(works >= 0)
    starts = np.searchsorted(kept, part.starts)
    return Part(starts, works[kept], part.signatures[kept], part.turns[kept], part.octaves[kept])


def _words_of(part: Part) -> NDArray[np.uint16]:
    return np.repeat(np.arange(WORDS, dtype=np.uint16), np.diff(part.starts))


def _sorted(
    words: NDArray[np.uint16],
    works: NDArray[np.int32],
    signatures: NDArray[np.uint64],
    turns: NDArray[np.uint8],
    octaves: NDArray[np.uint8],
) -> Part:
    order = np.argsort(words, kind="stable")
    starts = np.zeros(WORDS + 1, np.int64)
    np.cumsum(np.bincount(words, minlength=WORDS), out=starts[1:])
    return Part(starts, works[order], signatures[order], turns[order], octaves[order])


def geometry_of(
    keypoints: NDArray[np.float32], longer_side_px: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Returns turns and octaves of keypoints, shape (N, 4), as `WorkWords` has them."""
    turns = np.asarray(np.rint(keypoints[:, 3] % 360 * (256 / 360)) % 256, np.uint8)
    relative = np.maximum(keypoints[:, 2] * (512 / longer_side_px), 1.0)
    return turns, np.asarray(np.clip(np.rint(16 * np.log2(relative)), 0, 255), np.uint8)


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


def work_words(features: LocalFeatures, longer_side_px: float, vocabulary: Vocabulary) -> WorkWords:
    """Finds the words of a work's reference."""
    words, signatures = vocabulary.words(np.asarray(features.descriptors, np.uint8))
    return WorkWords(words, signatures, *geometry_of(features.keypoints, longer_side_px))


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
