"""Pictures to compare run times with: real ones and edge cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.errors import VisionError
from vision.picture import decode

SIDE_PX = 256
SMALLEST_PX = 16
EDGES = (
    "a black picture",
    "a white picture",
    "a grey picture",
    "noise",
    "a single line",
    "the smallest picture",
)


def edge_pictures() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yields flat, black and white pictures, noise, a single line and the smallest picture; by name, RGB."""
    shape = (SIDE_PX, SIDE_PX, 3)
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, shape, np.uint8)
    line = np.full(shape, 200, np.uint8)
    line[SIDE_PX // 2] = 20
    smallest = random.integers(0, 256, (SMALLEST_PX, SMALLEST_PX, 3), np.uint8)
    flat = (np.full(shape, value, np.uint8) for value in (0, 255, 128))
    yield from zip(EDGES, (*flat, noise, line, smallest), strict=True)


def pictures_of(
    folder: Path, max_side_px: int, most: int | None = None
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yields the pictures below a folder, by path from it, in order; skips other files.

    Args:
        folder: The folder; pictures may be at any depth.
        max_side_px: Longer side to which they are reduced.
        most: Number of files to read, evenly chosen; None for all.

    Raises:
        FileNotFoundError: When the folder does not exist.
    """
    if not folder.is_dir():
        raise FileNotFoundError(2, "No such folder", str(folder))
    files = sorted(filter(Path.is_file, folder.rglob("*")))
    for file in files[:: max(1, -(-len(files) // most))] if most else files:
        try:
            pixels = decode(file.read_bytes(), max_side_px=max_side_px).pixels
        except VisionError:
            continue
        yield str(file.relative_to(folder)), pixels
