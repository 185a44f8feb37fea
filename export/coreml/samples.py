"""Pictures to compare run times with: real ones, and the ones at the edge of what a picture can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.errors import VisionError
from vision.picture import decode

SIDE_PX = 256
SMALLEST_PX = 16


def edge_pictures() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Flat, black, white, noise, a single line, and the smallest picture there may be; by name, RGB."""
    shape = (SIDE_PX, SIDE_PX, 3)
    random = np.random.default_rng(0)
    yield "a black picture", np.zeros(shape, np.uint8)
    yield "a white picture", np.full(shape, 255, np.uint8)
    yield "a grey picture", np.full(shape, 128, np.uint8)
    yield "noise", random.integers(0, 256, shape, np.uint8)
    line = np.full(shape, 200, np.uint8)
    line[SIDE_PX // 2] = 20
    yield "a single line", line
    yield "the smallest picture", random.integers(0, 256, (SMALLEST_PX, SMALLEST_PX, 3), np.uint8)


def pictures_of(folder: Path, max_side_px: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """The pictures of a folder and the folders in it, by path from it, in order; other files are passed over.

    Raises:
        FileNotFoundError: When there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(2, "No such folder", str(folder))
    for file in sorted(filter(Path.is_file, folder.rglob("*"))):
        try:
            pixels = decode(file.read_bytes(), max_side_px=max_side_px).pixels
        except VisionError:
            continue
        yield str(file.relative_to(folder)), pixels
