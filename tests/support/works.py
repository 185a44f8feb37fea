"""Works drawn from a seed, photographs of them on a wall, and catalogues of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from catalogue.enrolment import enrol
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from tests.support.pictures import draw, jpeg

Pixels = NDArray[np.uint8]
SIZE = (320, 240)
CORNERS = np.array([[0, 0], [320, 0], [320, 240], [0, 240]], np.float32)
HUNG = [(60, 70), (420, 90), (410, 350), (70, 340)]  # seen a little from the side


def painted(seed: int) -> Pixels:
    """Draws a work of all three patterns; uint8, BGR, shape (240, 320, 3)."""
    layers = [
        draw(label, 10 * seed + number, SIZE) for number, label in enumerate(("circles", "grid", "strokes"))
    ]
    return np.asarray(np.minimum(np.minimum(layers[0], layers[1]), layers[2]), np.uint8)


def reference(seed: int) -> bytes:
    """Draws the reference picture of a work, as JPEG."""
    return jpeg(painted(seed))


def work(seed: int, title: str = "") -> Work:
    """Makes a work with its record; its id is `work-SEED`."""
    return enrol(
        Record(f"work-{seed}", title or f"Number {seed}", "Anonymous", {"year": "1900"}), reference(seed)
    )


def make_catalogue(root: Path, seeds: Sequence[int], name: str = "museum") -> Path:
    """Writes a catalogue of works; returns its folder."""
    with open_writer(root, name) as writer:
        for seed in seeds:
            writer.put(work(seed), sync=False)
    return root / name


def on_a_wall(
    works: Sequence[tuple[Pixels, Sequence[tuple[float, float]]]], size: tuple[int, int] = (640, 480)
) -> Pixels:
    """Photographs works on a plain wall; the corners of each are given clockwise from the top left."""
    wall = np.full((size[1], size[0], 3), 140, np.uint8)
    for pixels, corners in works:
        matrix = cv2.getPerspectiveTransform(CORNERS, np.array(corners, np.float32))
        moved = cv2.warpPerspective(pixels, matrix, size, flags=cv2.INTER_AREA)
        inside = cv2.warpPerspective(np.full(pixels.shape[:2], 255, np.uint8), matrix, size) == 255
        wall[inside] = moved[inside]
    return wall


def photo_of(seed: int) -> bytes:
    """Photographs one work, which hangs at `HUNG`, as JPEG."""
    return jpeg(on_a_wall([(painted(seed), HUNG)]))
