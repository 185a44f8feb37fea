"""Signs drawn with OpenCV's letters: a flat folder of files named by their label."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIGNS = "A4SX"
SIDE_PX = 64


def sign(letter: str, seed: int) -> NDArray[np.uint8]:
    """Draws a letter in black on white, uint8, RGB: another weight, size and place for each seed."""
    rng = np.random.default_rng([ord(letter), seed])
    drawn = np.full((SIDE_PX, SIDE_PX, 3), 255, np.uint8)
    place = (int(rng.integers(12, 19)), int(rng.integers(45, 53)))
    scale, weight = float(rng.uniform(1.1, 1.4)), int(rng.integers(4, 8))
    font = cv2.FONT_HERSHEY_SIMPLEX
    return np.asarray(
        cv2.putText(drawn, letter, place, font, scale, (0, 0, 0), weight, cv2.LINE_AA), np.uint8
    )


def write_signs(folder: Path, each: int) -> Path:
    """Writes so many of each letter as `LETTER_NUMBER.png`."""
    folder.mkdir(parents=True)
    for letter in SIGNS:
        for number in range(each):
            cv2.imwrite(str(folder / f"{letter}_{number}.png"), sign(letter, number))
    return folder
