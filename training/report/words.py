"""Pictures of visual words: patches that the codebook assigns to the same word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from drawing.pictures import Pixels, jpeg_uri, strip
from training.encoders import FittedEncoder
from training.report.sight import ExtractedPicture, Sight
from vision.inspection.patches import keypoint_patch

_WORDS: Final = 12
_PATCHES: Final = 6
_PATCH_PX: Final = 44


@dataclass(frozen=True)
class VisualWord:
    """One word of the codebook.

    Attributes:
        number: Its index in the codebook.
        share: Share of the descriptors in these pictures that are assigned to it.
        strip: Its nearest patches side by side, a `data:` URI.
        patches: Number of patches.
    """

    number: int
    share: float
    strip: str
    patches: int


def visual_words(encoder: FittedEncoder, sight: Sight, is_binary: bool) -> tuple[VisualWord, ...]:
    """Selects up to twelve words from common to rare, each with the patches nearest to it.

    Args:
        encoder: The encoder; one without a codebook in its graph gives no words.
        sight: Pictures to cut patches from.
        is_binary: Whether descriptors are packed bits.
    """
    seen = [each for each in sight.pictures if len(each.features)]
    codebook = codebook_of(encoder)
    if codebook is None or not seen:
        return ()
    assigned = AssignedWords.of(seen, codebook, is_binary)
    found: list[VisualWord] = []
    for word in _common_to_rare(assigned.words, assigned.group, len(codebook)):
        patches = assigned.patches(word)
        share = float((assigned.words == word).mean())
        found.append(VisualWord(int(word), share, jpeg_uri(strip(patches, len(patches))), len(patches)))
    return tuple(found)


@dataclass(frozen=True)
class AssignedWords:
    """The keypoints of a few pictures, each with its visual word; arrays have a row for each keypoint.

    Attributes:
        pictures: The pictures, with a keypoint or more each.
        words: Index of the nearest word, int64.
        distances: Squared distance from it.
        owner: Number of the picture among these.
        place: Number of the keypoint in its picture.
        group: Group of the picture; near duplicates share one.
    """

    pictures: Sequence[ExtractedPicture]
    words: NDArray[np.int64]
    distances: NDArray[np.float32]
    owner: NDArray[np.int64]
    place: NDArray[np.int64]
    group: NDArray[np.int64]

    @classmethod
    def of(
        cls, pictures: Sequence[ExtractedPicture], codebook: NDArray[np.float32], is_binary: bool
    ) -> AssignedWords:
        """Finds the nearest word of every keypoint.

        Args:
            pictures: One or more, with a keypoint or more each.
            codebook: The words, shape (K, D).
            is_binary: Whether descriptors are packed bits.
        """
        stored = np.concatenate([each.features.descriptors for each in pictures])
        # Words of packed descriptors are bits. With a spatial pyramid a row ends in its keypoint position,
        # which is not part of the word.
        elements = np.unpackbits(stored.astype(np.uint8), axis=1) if is_binary else stored
        descriptors = elements[:, : codebook.shape[1]].astype(np.float32)
        squares = (codebook**2).sum(axis=1) - 2 * descriptors @ codebook.T
        words = squares.argmin(axis=1)
        owner = np.repeat(np.arange(len(pictures)), [len(each.features) for each in pictures])
        return cls(
            pictures,
            words,
            squares[np.arange(len(words)), words] + (descriptors**2).sum(axis=1),
            owner,
            np.concatenate([np.arange(len(each.features)) for each in pictures]),
            np.array([each.group for each in pictures])[owner],
        )

    def patches(self, word: int) -> list[Pixels]:
        """Cuts out the patches nearest to a word, at position, size and angle of their keypoints.

        Six at most, each from another picture, and none of two near duplicates.
        """
        rows = np.flatnonzero(self.words == word)
        nearest = _one_per_group(rows[np.argsort(self.distances[rows], kind="stable")], self.group)
        return [
            keypoint_patch(
                self.pictures[self.owner[row]].pixels,
                self.pictures[self.owner[row]].features.keypoints[self.place[row]],
                _PATCH_PX,
            )
            for row in nearest
        ]


def codebook_of(encoder: FittedEncoder) -> NDArray[np.float32] | None:
    """Finds the codewords in the encoder's graph, shape (K, D)."""
    for each in onnx.load_from_string(encoder.graph).graph.initializer:
        if each.name.endswith(".codebook_transposed"):
            return np.asarray(numpy_helper.to_array(each).T, np.float32)
    return None


def _common_to_rare(words: NDArray[np.int64], group: NDArray[np.int64], count: int) -> list[int]:
    """Selects words of several different pictures, evenly from the most common to the rarest."""
    totals = np.bincount(words, minlength=count)
    pictures = np.array([len(np.unique(group[words == word])) for word in range(count)])
    shown = np.flatnonzero(pictures >= min(_PATCHES // 2, len(np.unique(group))))
    ranked = shown[np.argsort(-totals[shown], kind="stable")]
    if len(ranked) <= _WORDS:
        return [int(each) for each in ranked]
    return [int(ranked[round(each)]) for each in np.linspace(0, len(ranked) - 1, _WORDS)]


def _one_per_group(rows: NDArray[np.int64], group: NDArray[np.int64]) -> list[int]:
    """Selects the first row of each group: copies of a picture would always look alike."""
    _, first = np.unique(group[rows], return_index=True)
    return [int(each) for each in rows[np.sort(first)][:_PATCHES]]
