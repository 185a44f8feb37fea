"""Small image sets of pictures that come with scikit-image and scikit-learn, to try everything on."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import cv2
import numpy as np

from cli.commands.demo.pictures import PICTURES, STRANGER, shipped_picture, write_jpeg
from training.augmentation.camera import distorted

_SIDE_PX = 400
_DIGIT_PX = 32


def sample_images(folder: str | PathLike[str], classes: int = 4, per_class: int = 6, seed: int = 0) -> Path:
    """Writes photographs of pictures from scikit-image, as a phone would take them, a folder per class.

    Args:
        folder: Made when missing.
        classes: How many of the twelve pictures.
        per_class: Photographs of each.
        seed: The same seed gives the same photographs.

    Returns:
        The folder, for `read_images`.
    """
    root = Path(folder)
    for label, source in sorted(PICTURES.items())[:classes]:
        pixels = _reduced(shipped_picture(*source))
        random = np.random.default_rng([seed, len(label), ord(label[0])])
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            write_jpeg(root / label / f"{number}.jpg", distorted(pixels, random, 0.5))
    return root


def sample_photos(folder: str | PathLike[str], seed: int = 100) -> tuple[Path, Path]:
    """Writes a new photograph of the first sample, and one of a wall that is in none of them."""
    root, random = Path(folder), np.random.default_rng(seed)
    root.mkdir(parents=True, exist_ok=True)
    known, stranger = root / "photo.jpg", root / "wall.jpg"
    write_jpeg(known, distorted(_reduced(shipped_picture(*PICTURES[sorted(PICTURES)[0]])), random, 0.5))
    write_jpeg(stranger, _reduced(shipped_picture(*STRANGER)))
    return known, stranger


def sample_digits(folder: str | PathLike[str], per_class: int = 20) -> Path:
    """Writes scikit-learn's handwritten digits as pictures of 32 × 32 pixels, dark on light.

    Args:
        folder: Made when missing.
        per_class: Pictures of each digit.

    Returns:
        The folder, for `read_images`.
    """
    from sklearn.datasets import load_digits

    root, digits = Path(folder), load_digits()
    for digit in range(10):
        (root / str(digit)).mkdir(parents=True, exist_ok=True)
        for number, ink in enumerate(digits.images[digits.target == digit][:per_class]):
            gray = np.asarray(255 - ink * 255 / 16, np.uint8)
            large = cv2.resize(gray, (_DIGIT_PX, _DIGIT_PX), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(root / str(digit) / f"{number}.png"), large)
    return root


def _reduced(pixels: np.ndarray) -> np.ndarray:
    factor = _SIDE_PX / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
