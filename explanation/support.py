"""Shows which parts of the photo, and which visual words, speak for the best label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.pictures import Pixels, fitted
from explanation.part import Drawing, Part, picture_drawing
from explanation.pixels import SHOWN_SIDE_PX
from explanation.recognizer import Recognizer, Seen
from explanation.words import Words, word_patches
from vision.answers import Recognition
from vision.extractors import LocalFeatures
from vision.inspection.support import cells_of, support_of_rows, support_of_squares

_GRID: Final = 6
"""Squares along each side of the picture."""
_FOR: Final = (40, 200, 90)
_AGAINST: Final = (235, 110, 40)
_WORDS: Final = 4
"""Words that speak most for the best label, of which patches are drawn."""


def support_part(seen: Seen, found: Recognition, recognizer: Recognizer, words: Words | None) -> Part | None:
    """Draws which parts of the picture speak for the best label and which for the second; None for one label.

    Args:
        seen: The photo.
        found: The answer.
        recognizer: The model.
        words: Visual words of the photo; None without.
    """
    if len(found.ranking) < 2 or not len(seen.features.rows):
        return None
    (label, _), (other, _) = found.ranking[:2]
    best, second = (recognizer.names[each] for each in (label, other))
    pixels = seen.picture.pixels
    if isinstance(seen.features, LocalFeatures) and seen.features.vector is None:
        cells = cells_of(seen.features.keypoints, seen.size_px, _GRID)
        parts = [cells == each for each in range(_GRID**2)]
        classify = recognizer.classifier.probabilities
        grid = support_of_rows(classify, seen.rows, parts, label, other).reshape(_GRID, _GRID)
        how = "without the descriptors of each square"
    else:
        grid = support_of_squares(recognizer.probabilities, pixels, _GRID, label, other)
        how = "with each square blurred"
    drawings = [_map(pixels, grid, best, second)]
    facts: dict[str, Any] = {"for": best, "against": second, "grid": grid.round(4).tolist()}
    if words is not None and isinstance(seen.features, LocalFeatures):
        by_word = _support_of_words(seen, recognizer, words, label, other)
        facts["words"] = {str(word): round(value, 4) for word, value in by_word.items()}
        drawings += _telling_words(pixels, seen.features, words, by_word, best, second)
    text = (
        f"The model was asked again {how}. Green squares speak for {best}: without them its lead over "
        f"{second} is smaller. Orange ones speak for {second}. The numbers are changes of the logarithm of "
        "the odds: 0.7 doubles them, 2.3 makes them ten times as large."
    )
    return Part("support", f"What speaks for {best}", (text,), tuple(drawings), facts)


def _map(pixels: Pixels, grid: NDArray[np.float64], best: str, second: str) -> Drawing:
    drawn = fitted(pixels, SHOWN_SIDE_PX)
    height, width = drawn.shape[:2]
    gray = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY)[..., None].repeat(3, axis=2).astype(np.float64)
    most = max(1e-9, float(np.abs(grid).max()))
    size = len(grid)
    for row, column in np.ndindex(grid.shape):
        value = float(grid[row, column])
        rows = slice(row * height // size, (row + 1) * height // size)
        columns = slice(column * width // size, (column + 1) * width // size)
        depth = 0.65 * abs(value) / most
        tint = np.array(_FOR if value > 0 else _AGAINST)
        gray[rows, columns] = (1 - depth) * gray[rows, columns] + depth * tint
    shown = np.asarray(gray, np.uint8)
    for row, column in np.ndindex(grid.shape):
        if abs(grid[row, column]) >= 0.1 * most:
            place = (column * width // size + 4, row * height // size + 14)
            cv2.putText(
                shown,
                f"{grid[row, column]:+.1f}",
                place,
                cv2.FONT_HERSHEY_SIMPLEX,
                0.4,
                (255, 255, 255),
                1,
                cv2.LINE_AA,
            )
    row, column = divmod(int(grid.argmax()), size)
    where = f"row {row + 1}, column {column + 1} of {size}"
    caption = f"For {best} (green) and for {second} (orange); most for {best}: {where}"
    return picture_drawing("support", shown, caption)


def _support_of_words(
    seen: Seen, recognizer: Recognizer, words: Words, label: int, other: int
) -> Mapping[int, float]:
    present = np.flatnonzero(words.shares > 0)
    first = np.zeros(len(seen.rows) - len(words.of), np.bool_)  # of a vector, which has no words
    parts = [np.concatenate([first, words.of == each]) for each in present]
    values = support_of_rows(recognizer.classifier.probabilities, seen.rows, parts, label, other)
    return {int(word): float(value) for word, value in zip(present, values, strict=True)}


def _telling_words(
    pixels: Pixels,
    features: LocalFeatures,
    words: Words,
    by_word: Mapping[int, float],
    best: str,
    second: str,
) -> list[Drawing]:
    """Draws patches of the words that say most for either label."""
    ranked = sorted(by_word, key=lambda each: -by_word[each])
    chosen = [*((each, best) for each in ranked[:_WORDS] if by_word[each] > 0)]
    chosen += [(each, second) for each in ranked[::-1][:2] if by_word[each] < 0]
    found = []
    for word, name in chosen:
        caption = f"Word {word} speaks for {name}: {by_word[word]:+.2f}"
        patches = word_patches(pixels, features, words, word)
        found.append(picture_drawing(f"support_word_{word}", patches, caption))
    return found
