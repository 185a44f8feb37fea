"""Columns of a work that databases keep beside its record and its bytes: words and colours, as bytes."""

from __future__ import annotations

from typing import Final

import numpy as np

from vision.identification.index import WorkWords
from vision.identification.plain import GRID, PLAIN_KEYPOINTS, Colors, colors_of
from vision.identification.reference import Reference, preview_pixels

_WORD_BYTES: Final = 12


def words_to_column(words: WorkWords) -> bytes:
    """Writes words without the descriptors: 12 bytes for each keypoint."""
    columns = (words.signatures.astype("<u8"), words.words.astype("<u2"), words.turns, words.octaves)
    return b"".join(each.tobytes() for each in columns)


def words_from_column(content: bytes) -> WorkWords:
    """Reads words; the arrays are not copied."""
    count = len(content) // _WORD_BYTES
    return WorkWords(
        np.frombuffer(content, "<u2", count, 8 * count),
        np.frombuffer(content, "<u8", count),
        np.frombuffer(content, np.uint8, count, 10 * count),
        np.frombuffer(content, np.uint8, count, 11 * count),
    )


def colors_to_bytes(reference: Reference) -> bytes | None:
    """Writes the colours of a nearly featureless work; None for any other."""
    if len(reference.words) >= PLAIN_KEYPOINTS:
        return None
    colors = colors_of(preview_pixels(reference.preview))
    return np.append(colors.cells.ravel(), np.float32(colors.proportion)).astype("<f4").tobytes()


def colors_from_bytes(content: bytes) -> Colors:
    """Reads what `colors_to_bytes` has written."""
    values = np.frombuffer(content, "<f4")
    return Colors(values[:-1].reshape(GRID, GRID, 3), float(values[-1]))
