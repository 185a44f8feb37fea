"""How well pictures are found in photographs of them, and whether pictures that fill a photo stay whole.

    python -m benchmarks.localisation artworks19 museum genres4

The localiser was trained on no picture of these folders. Overlap is the intersection of the box found and
the true one over their union.
"""

from __future__ import annotations

import argparse
import hashlib
import json

import numpy as np
from numpy.typing import NDArray

from benchmarks.strangers import pictures_in
from benchmarks.trained import DATA
from training.augmentation.photographs import photographed
from training.graphs.extractors.localiser import fixed_localiser
from training.localisation.boxes import found_boxes
from training.localisation.examples import box_of, looked_at
from training.networks.localiser import overlap

_SIDE_PX = 683


def measured(pictures: list[NDArray[np.uint8]], photographs: int) -> dict[str, object]:
    """Overlaps of boxes in photographs of the pictures, and in the pictures themselves."""
    photos, boxes = [], []
    for pixels in pictures:
        seed = int(hashlib.sha256(pixels.tobytes()).hexdigest()[:16], 16)
        for number in range(photographs):
            photo = photographed(pixels, np.random.default_rng([number, seed]), _SIDE_PX)
            photos.append(looked_at(photo.pixels))
            boxes.append(box_of(photo))
    hung = overlap(found_boxes(fixed_localiser(), np.stack(photos)), np.array(boxes, np.float32))
    whole = found_boxes(fixed_localiser(), np.stack([looked_at(each) for each in pictures]))
    kept = (whole[:, 2:] - whole[:, :2]).prod(axis=1)
    return {
        "pictures": len(pictures),
        "photographs": len(photos),
        "overlap": float(hung.mean()),
        "overlap_of_one_in_ten_below": float(np.quantile(hung, 0.1)),
        "area_kept_of_pictures": float(kept.mean()),
        "area_kept_of_one_in_ten_below": float(np.quantile(kept, 0.1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", nargs="+", help="folders below ../shared/data, or any others")
    parser.add_argument("--limit", type=int, default=320, help="pictures of a folder at most")
    parser.add_argument("--photographs", type=int, default=2, help="of each picture")
    arguments = parser.parse_args()
    for name in arguments.folders:
        pictures = [pixels for _, pixels in pictures_in(DATA / name, arguments.limit, _SIDE_PX)]
        print(json.dumps({"folder": name, **measured(pictures, arguments.photographs)}, indent=1))


if __name__ == "__main__":
    main()
