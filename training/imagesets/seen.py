"""The pictures that a model was trained on: kept with its report, so that an evaluation can tell them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.imagesets.duplicates import look_at
from training.imagesets.imageset import LOOK_SIDE_PX, ImageSet
from vision.errors import PictureError
from vision.picture import decode

# Of 256. Copies re-encoded at JPEG quality 20 or at half size differ by 10 bits at most, other pictures by 90
# at least. Copies cropped by a fiftieth differ by 24 and more, and count as other pictures.
MAX_DIFFERENT_BITS: Final = 20


@dataclass(frozen=True)
class SeenPictures:
    """Digests and perceptual hashes of the pictures that a model was trained on.

    Attributes:
        digests: SHA-256 of the files, hexadecimal.
        looks: Perceptual hashes, uint64, shape (pictures, 4).
    """

    digests: frozenset[str]
    looks: NDArray[np.uint64]

    def has(self, data: bytes) -> bool:
        """Whether a picture file is one of them, or one of them re-encoded or resized."""
        if hashlib.sha256(data).hexdigest() in self.digests:
            return True
        try:
            pixels = decode(data, max_side_px=LOOK_SIDE_PX).pixels
        except PictureError:
            return False
        different = np.bitwise_count(self.looks ^ look_at(pixels).bits).sum(axis=1)
        return bool((different <= MAX_DIFFERENT_BITS).any())


def seen_file(image_set: ImageSet) -> bytes:
    """Writes SHA-256 and perceptual hash of every picture of an image set as JSON."""
    pictures = sorted({(each.digest, each.look) for each in image_set.pictures})
    rows = [{"sha256": digest, "look": look} for digest, look in pictures]
    return (json.dumps({"pictures": rows}, indent=0) + "\n").encode()


def read_seen(path: Path) -> SeenPictures | None:
    """Reads a file of `seen_file`; None where it is absent or something else."""
    try:
        rows: Sequence[dict[str, str]] = json.loads(path.read_text("utf-8"))["pictures"]
        looks = [np.frombuffer(bytes.fromhex(each["look"]), np.uint64) for each in rows]
        return SeenPictures(frozenset(each["sha256"] for each in rows), np.stack(looks).reshape(-1, 4))
    except (OSError, ValueError, KeyError, TypeError):
        return None
