"""Decodes large HEIC pictures into the memory of their decoder alone: Pillow's copy takes a third more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image


@dataclass(frozen=True)
class HeicPicture:
    """A decoded picture, parts of which become Pillow's when they are asked for.

    Attributes:
        file: Owns the samples.
        samples: uint8, (H, W), or (H, W, channels) in the order of the mode.
        mode: Pillow's name for the kind of samples.
        info: Facts beside the samples.
    """

    file: pillow_heif.HeifFile
    samples: npt.NDArray[np.uint8]
    mode: str
    info: Mapping[Any, Any]

    @classmethod
    def decode(cls, data: bytes) -> HeicPicture:
        """Decodes the first picture of a file, 8 bits a channel; raises as pillow_heif does."""
        file = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        samples = np.asarray(file)[:, : file.size[0]]  # rows may end in padding
        return cls(file, samples, file.mode, file.info)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.samples.shape[1], self.samples.shape[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.size[1]

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Copies left, top, right, bottom, as Pillow's pictures do."""
        left, top, right, bottom = box
        return Image.fromarray(np.ascontiguousarray(self.samples[top:bottom, left:right]), self.mode)

    def resize(
        self, size: tuple[int, int], resample: int, box: tuple[int, int, int, int] | None = None
    ) -> Image.Image:
        """Picks the nearest samples, as Pillow's pictures do with `NEAREST`; nothing else is done here."""
        if resample != Image.Resampling.NEAREST:
            raise ValueError("reduce a crop instead")
        left, top, right, bottom = box or (0, 0, *self.size)
        across = left + (np.arange(size[0]) + 0.5) * (right - left) / size[0]
        down = top + (np.arange(size[1]) + 0.5) * (bottom - top) / size[1]
        picked = self.samples[down.astype(np.intp)[:, np.newaxis], across.astype(np.intp)]
        return Image.fromarray(np.ascontiguousarray(picked), self.mode)
