"""Pictures of an image set, small, for the page."""

from __future__ import annotations

from drawing.pictures import Pixels
from training.imagesets.imageset import ImageSet
from vision.picture import decode


def picture_pixels(image_set: ImageSet, index: int, max_side_px: int) -> Pixels:
    """Reads one picture of the set, RGB, uint8, reduced to a longest side."""
    path = image_set.root / image_set.pictures[index].path
    return decode(path.read_bytes(), max_side_px=max_side_px).pixels
