"""One palette over many pictures, and each picture's share of every colour in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.colors.background import background_color, common_background
from vision.colors.histogram import ColorHistogram, coarsened, color_histogram, joined
from vision.colors.spaces import Colors, ColorSpace, from_srgb
from vision.errors import EmptyCollection, FullyTransparent
from vision.palette import Palette, histogram_palette
from vision.palette_distance import transport_distance
from vision.picture import LayeredPicture


@dataclass(frozen=True)
class PictureColors:
    """The colours of one picture of a collection.

    Attributes:
        histogram: The picture's colour histogram.
        background: OKLab colour of its uniform background, or None without one.
    """

    histogram: ColorHistogram
    background: Colors | None


@dataclass(frozen=True)
class PictureSpread:
    """One picture measured against a collection's palette.

    Attributes:
        shares: Share of each palette colour in this picture, in the palette's order; they sum to 1.
        distance: Optimal-transport distance between the picture's colours and the palette, in CIEDE2000.
    """

    shares: tuple[float, ...]
    distance: float


@dataclass(frozen=True)
class CollectionPalette:
    """The palette of a collection.

    Attributes:
        palette: One palette over all pictures; every picture weighs the same.
        spreads: One for each picture, in the order in which they were added.
    """

    palette: Palette
    spreads: tuple[PictureSpread, ...]


def picture_colors(picture: LayeredPicture, *, center_weighted: bool = False) -> PictureColors:
    """Counts the colours of one picture.

    Raises:
        FullyTransparent: When every pixel is transparent.
    """
    histogram = color_histogram(picture.pixels, picture.alpha, center_weighted=center_weighted)
    if not histogram.weights.size:
        raise FullyTransparent
    return PictureColors(histogram, background_color(picture.pixels, picture.alpha))


@dataclass(frozen=True)
class _Summary:
    """A coarse histogram in 7 bytes a cell, at most 7 KB for each picture.

    Attributes:
        colors: sRGB, uint8 (n, 3).
        weights: float32 (n,), summing to 1.
    """

    colors: npt.NDArray[np.uint8]
    weights: npt.NDArray[np.float32]

    @classmethod
    def of(cls, histogram: ColorHistogram) -> _Summary:
        coarse = coarsened(histogram)
        return cls(np.rint(coarse.colors).astype(np.uint8), coarse.weights.astype(np.float32))

    def histogram(self) -> ColorHistogram:
        weights = self.weights.astype(np.float64)
        return ColorHistogram(self.colors.astype(np.float64), weights / weights.sum())


class Collection:
    """Collects pictures one by one in a few kilobytes each, so that thousands fit into memory."""

    def __init__(self) -> None:
        self._all: ColorHistogram | None = None
        self._each: list[_Summary] = []
        self._backgrounds: list[Colors | None] = []

    def add(self, colors: PictureColors) -> None:
        """Adds one picture."""
        count = len(self._each)
        self._all = colors.histogram if self._all is None else joined(self._all, count, colors.histogram, 1)
        self._each.append(_Summary.of(colors.histogram))
        self._backgrounds.append(colors.background)

    def palette(self, color_count: int, color_space: ColorSpace = "oklab") -> CollectionPalette:
        """Computes the palette over all pictures added so far.

        Args:
            color_count: 1 to 256, or 0 for as many as look different.
            color_space: Where colours are averaged and compared.

        Raises:
            EmptyCollection: When no picture was added.
            InvalidColorCount: When the number of colours is out of range.
        """
        if self._all is None:
            raise EmptyCollection
        background = common_background(self._backgrounds)
        palette = histogram_palette(self._all, color_count, color_space, background)
        spreads = (_spread(one.histogram(), palette, color_space) for one in self._each)
        return CollectionPalette(palette, tuple(spreads))


def _spread(histogram: ColorHistogram, palette: Palette, color_space: ColorSpace) -> PictureSpread:
    rgb = np.array([color.rgb for color in palette.colors], np.float64)
    shares = _shares(from_srgb(histogram.colors, color_space), histogram.weights, from_srgb(rgb, color_space))
    distance = transport_distance(
        histogram.colors, histogram.weights, rgb, [color.share for color in palette.colors]
    )
    return PictureSpread(tuple(shares.tolist()), distance)


def _shares(points: Colors, weights: npt.NDArray[np.float64], centers: Colors) -> npt.NDArray[np.float64]:
    nearest = np.argmin(((points[:, np.newaxis] - centers) ** 2).sum(axis=2), axis=1)
    return np.bincount(nearest, weights=weights, minlength=len(centers)).astype(np.float64, copy=False)
