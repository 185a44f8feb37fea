"""Histograms of red, green and blue: one by one, and in pairs. Every pixel counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

CHANNELS: Final = ("red", "green", "blue")
PAIRS: Final = ((0, 1), (0, 2), (1, 2))
"""Red and green, red and blue, green and blue."""
PAIR_BINS: Final = 64


@dataclass(frozen=True)
class Channels:
    """How often each value occurs.

    Attributes:
        single: Share of the pixels with each value, float64 (3, 256); rows sum to 1.
        pairs: Share with each pair of values, in steps of 4, float64 (3, 64, 64), first channel by rows; for
            `PAIRS` in order.
        pixels: Number of visible pixels; a half transparent one counts half.
        pictures: Number of pictures; each has the same weight.
    """

    single: npt.NDArray[np.float64]
    pairs: npt.NDArray[np.float64]
    pixels: float
    pictures: int = 1

    @property
    def counts(self) -> npt.NDArray[np.float64]:
        """Number of pixels with each value of each channel, float64 (3, 256)."""
        return self.single * self.pixels


def channels_of(
    pixels: npt.NDArray[np.uint8], opacity: npt.NDArray[np.uint8] | None = None
) -> Channels | None:
    """Counts the values of each channel and of each pair of channels.

    Args:
        pixels: uint8 (H, W, 3), sRGB.
        opacity: uint8 (H, W), 0 transparent to 255 opaque; None means opaque.

    Returns:
        The histograms; None where nothing is visible.

    >>> found = channels_of(np.array([[[255, 0, 7], [255, 9, 7]]], np.uint8))
    >>> found.counts[0, 255], found.counts[1, 9], found.pairs[0, 63, 0]
    (np.float64(2.0), np.float64(1.0), np.float64(0.5))
    """
    colors = pixels.reshape(-1, 3).astype(np.intp)
    weights = None if opacity is None else opacity.reshape(-1) / 255
    total = float(len(colors)) if weights is None else float(weights.sum())
    if not total:
        return None
    single = [np.bincount(channel, weights, 256) for channel in colors.T]
    steps = colors // (256 // PAIR_BINS)
    pairs = [
        np.bincount(steps[:, first] * PAIR_BINS + steps[:, second], weights, PAIR_BINS**2)
        for first, second in PAIRS
    ]
    shaped = np.stack(pairs).reshape(len(PAIRS), PAIR_BINS, PAIR_BINS)
    return Channels(np.stack(single) / total, shaped / total, total)


def averaged(first: Channels, second: Channels) -> Channels:
    """Joins the histograms of two sets of pictures; every picture has the same weight."""
    pictures = first.pictures + second.pictures
    share = first.pictures / pictures
    return Channels(
        share * first.single + (1 - share) * second.single,
        share * first.pairs + (1 - share) * second.pairs,
        first.pixels + second.pixels,
        pictures,
    )
