"""The look of a picture: a perceptual hash, and a small copy to compare colours by.

Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.imagesets.frames import Frame, frame_of

SIDE_PX: Final = 48
_LEAST_INNER_PX: Final = 16


@dataclass(frozen=True)
class Look:
    """The appearance of a picture: 256 hash bits, a CIELAB thumbnail, and its colour moments.

    Attributes:
        bits: uint64, shape (4,).
        mirrored: The bits of the picture mirrored left to right.
        thumbnail: float32, shape (48, 48, 3), OpenCV's 8-bit CIELAB scale, slightly blurred.
        moments: float32, shape (6,): mean and standard deviation of each channel.
        size_px: Width and height of what was looked at.
        inner: The look without borders of one colour; None where there are none.
    """

    bits: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    thumbnail: NDArray[np.float32]
    moments: NDArray[np.float32]
    size_px: tuple[int, int]
    inner: Look | None = None

    @property
    def content(self) -> Look:
        """The look without borders."""
        return self.inner or self


def look_at(pixels: NDArray[np.uint8], frame: Frame | None = None) -> Look:
    """Computes the look of a picture (RGB, uint8); its frame is measured where it is not given."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = (frame or frame_of(pixels, width, height)).borders
    inside = pixels[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]
    bordered = inside.shape != pixels.shape and min(inside.shape[:2]) >= _LEAST_INNER_PX
    return _look(pixels, _look(inside, None) if bordered else None)


def _look(pixels: NDArray[np.uint8], inner: Look | None) -> Look:
    gray = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (64, 64), interpolation=cv2.INTER_AREA)
    waves = np.asarray(cv2.dct(gray.astype(np.float32)), np.float32)[:16, :16]
    small = cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    thumbnail = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 1.0)
    moments = np.concatenate([thumbnail.mean((0, 1)), thumbnail.std((0, 1))])
    # In a mirror every second wave across changes its sign.
    signs = np.where(np.arange(16) % 2, -1, 1).astype(np.float32)
    return Look(
        _bits(waves),
        _bits(waves * signs),
        np.asarray(thumbnail, np.float32),
        moments.astype(np.float32),
        (pixels.shape[1], pixels.shape[0]),
        inner,
    )


def _bits(waves: NDArray[np.float32]) -> NDArray[np.uint64]:
    return np.packbits(waves.ravel() > np.median(waves)).view(np.uint64)
