"""The inverted file: which works have each visual word, with signature, angle and size of the keypoint.

`votes` asks it about a photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import LocalFeatures
from vision.identification.vocabulary import WORDS, Vocabulary


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


def work_words(features: LocalFeatures, longer_side_px: float, vocabulary: Vocabulary) -> WorkWords:
    """Finds the words of a work's reference."""
    words, signatures = vocabulary.words(np.asarray(features.descriptors, np.uint8))
    return WorkWords(words, signatures, *geometry_of(features.keypoints, longer_side_px))
