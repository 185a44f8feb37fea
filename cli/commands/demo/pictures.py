"""Twelve pictures as a phone would photograph them, and one thing that nobody trained on.

The pictures are part of scikit-image (`skimage/data/README.txt` tells their origin) and of scikit-learn; the
photographs are drawn anew each time from a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from drawing.pictures import jpeg_file
from training.augmentation.camera import distorted
from vision.picture import decode

Pixels: TypeAlias = NDArray[np.uint8]

PICTURES: Final = {
    "astronaut": ("skimage.data", "astronaut.png"),
    "cameraman": ("skimage.data", "camera.png"),
    "cat": ("skimage.data", "chelsea.png"),
    "coffee": ("skimage.data", "coffee.png"),
    "coins": ("skimage.data", "coins.png"),
    "flower": ("sklearn.datasets.images", "flower.jpg"),
    "galaxies": ("skimage.data", "hubble_deep_field.jpg"),
    "motorcycle": ("skimage.data", "motorcycle_left.png"),
    "page": ("skimage.data", "page.png"),
    "retina": ("skimage.data", "retina.jpg"),
    "rocket": ("skimage.data", "rocket.jpg"),
    "temple": ("sklearn.datasets.images", "china.jpg"),
}
STRANGER: Final = ("skimage.data", "brick.png")
MAX_SIDE_PX: Final = 640
_JPEG_QUALITY: Final = 88


def write_image_set(
    folder: Path, per_class: int, seed: int, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Writes a folder per class with photographs of its picture.

    Args:
        folder: Made when missing.
        per_class: Photographs of each picture.
        seed: Same seed, same photographs.
        progress: Called with the photographs written so far.

    Returns:
        Photographs in all.
    """
    written = 0
    for number, (label, (package, name)) in enumerate(sorted(PICTURES.items())):
        pixels = shipped_picture(package, name)
        rng = np.random.default_rng([seed, number])
        (folder / label).mkdir(parents=True, exist_ok=True)
        for index in range(per_class):
            write_jpeg(folder / label / f"{index:03d}.jpg", distorted(pixels, rng))
            written += 1
            progress(written)
    return written


def write_unseen(folder: Path, seed: int) -> tuple[Path, Path]:
    """Writes a new photograph of the astronaut and one of a brick wall, which no class shows.

    Returns:
        Both paths: known, unknown.
    """
    rng = np.random.default_rng([seed, len(PICTURES)])
    folder.mkdir(parents=True, exist_ok=True)
    known, unknown = folder / "photo_of_astronaut.jpg", folder / "photo_of_a_wall.jpg"
    write_jpeg(known, distorted(shipped_picture(*PICTURES["astronaut"]), rng))
    write_jpeg(unknown, distorted(shipped_picture(*STRANGER), rng))
    return known, unknown


def shipped_picture(package: str, name: str) -> Pixels:
    """One of the pictures, RGB, uint8, longer side at most 640 px."""
    return decode(resources.files(package).joinpath(name).read_bytes(), max_side_px=MAX_SIDE_PX).pixels


def write_jpeg(path: Path, pixels: Pixels) -> None:
    """Writes an RGB picture as a JPEG of usual quality."""
    path.write_bytes(jpeg_file(pixels, _JPEG_QUALITY))
