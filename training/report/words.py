"""Pictures of visual words: patches that the codebook assigns to the same word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from drawing.pictures import jpeg_uri, strip
from training.encoders import FittedEncoder
from training.report.sight import Sight
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
    stored = np.concatenate([each.features.descriptors for each in seen])
    # Words of packed descriptors are bits. With a spatial pyramid a row ends in its keypoint position, which
    # is not part of the word.
    elements = np.unpackbits(stored.astype(np.uint8), axis=1) if is_binary else stored
    descriptors = elements[:, : codebook.shape[1]].astype(np.float32)
    owner = np.repeat(np.arange(len(seen)), [len(each.features) for each in seen])
    group = np.array([each.group for each in seen])[owner]
    place = np.concatenate([np.arange(len(each.features)) for each in seen])
    squares = (codebook**2).sum(axis=1) - 2 * descriptors @ codebook.T
    words = squares.argmin(axis=1)
    distance = squares[np.arange(len(words)), words] + (descriptors**2).sum(axis=1)
    found: list[VisualWord] = []
    for word in _common_to_rare(words, group, len(codebook)):
        rows = np.flatnonzero(words == word)
        nearest = _one_per_group(rows[np.argsort(distance[rows], kind="stable")], group)
        patches = [
            keypoint_patch(
                seen[owner[row]].pixels, seen[owner[row]].features.keypoints[place[row]], _PATCH_PX
            )
            for row in nearest
        ]
        share = float((words == word).mean())
        found.append(VisualWord(int(word), share, jpeg_uri(strip(patches, len(patches))), len(patches)))
    return tuple(found)


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
