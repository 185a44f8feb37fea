"""How well the outlines of works fit those that were marked by hand, on 20 photographs with a plain frame.

Run `python -m benchmarks.catalogue_outlines [--draw DIR]`. The marks are corners of the frames, or of
canvases without one, read off the photographs by eye, to about a hundredth of the longer side; they were made
without looking at what is found. The references show the frame, too, and end at it.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue import DATA, measured_import, tell
from catalogue.view import View
from vision.identification import PHOTO_SIDE_PX, identify
from vision.identification.photo import overlap
from vision.picture import decode

MARKS = Path(__file__).with_name("catalogue_outlines.csv")
Marks = dict[str, dict[str, NDArray[np.float64]]]


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", type=Path, help="folder for the photographs with marks and outlines")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as root:
        measured(measured_import(Path(root)), arguments.draw)


def marks() -> Marks:
    """Reads the marks: corners of each work, shape (4, 2), clockwise from the top left, by photo and work."""
    found: Marks = defaultdict(dict)
    with MARKS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            photo, work, *corners = row.values()
            found[photo][work] = np.array(corners, np.float64).reshape(4, 2)
    return found


def measured(view: View, drawn: Path | None) -> None:
    """Tells how much outlines and marks overlap."""
    overlaps, missing = {}, []
    for name, works in marks().items():
        picture = decode((DATA / name).read_bytes(), max_side_px=PHOTO_SIDE_PX)
        places = {each.number: each.outline for each in identify(picture, view, 10).works}
        for work, marked in works.items():
            outline = places.get(view.numbers[work])
            if outline is None:
                missing.append(f"{name} {work}")
                continue
            overlaps[f"{name} {work}"] = overlap(outline, marked)
            if drawn:
                draw(drawn, name, marked, outline)
    values = np.array(list(overlaps.values()))
    tell(
        "outlines",
        {
            "photos": len(marks()),
            "works": len(values),
            "mean_overlap": float(values.mean()),
            "median_overlap": float(np.median(values)),
            "lowest_overlap": float(values.min()),
            "lowest": min(overlaps, key=lambda each: overlaps[each]),
            "missing": missing,
        },
    )


def draw(folder: Path, name: str, marked: NDArray[np.float64], outline: NDArray[np.float64]) -> None:
    """Adds a mark in green and an outline in red to the copy of a photograph."""
    path = folder / name.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    pixels = cv2.imread(str(path if path.exists() else DATA / name))
    assert pixels is not None
    for corners, color in ((marked, (0, 255, 0)), (outline, (0, 0, 255))):
        cv2.polylines(pixels, [np.rint(corners).astype(np.int32)], True, color, 2)
    cv2.imwrite(str(path), pixels)


if __name__ == "__main__":
    main()
