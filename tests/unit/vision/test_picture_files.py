"""Real files: every EXIF orientation, and everything broken that could be found."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np

from vision.errors import PictureError
from vision.picture import PictureLimits, decode


def test_all_exif_orientations_give_the_same_upright_picture(shared_data: Path) -> None:
    files = sorted((shared_data / "exif").glob("*.jpg"))
    assert len(files) == 9
    small = [decode(file.read_bytes(), max_side_px=200).pixels.astype(int) for file in files]
    for pixels in small:
        assert pixels.shape == small[0].shape == (133, 200, 3)
        assert np.abs(pixels - small[0]).mean() < 3


def test_every_broken_file_is_a_typed_error_or_a_picture(shared_data: Path) -> None:
    outcomes: dict[str, int] = {"picture": 0, "error": 0}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for file in sorted((shared_data / "malformed").rglob("*")):
        if not file.is_file():
            continue
        try:
            picture = decode(file.read_bytes(), PictureLimits(min_side_px=1))
        except PictureError:
            outcomes["error"] += 1
        else:
            assert picture.pixels.shape == (picture.info.height_px, picture.info.width_px, 3)
            outcomes["picture"] += 1
    assert outcomes["picture"] > 70
    assert outcomes["error"] > 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
