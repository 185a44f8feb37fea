"""One palette over many pictures, and what each picture has of it."""

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
        histogram: Its histogram.
        background: OKLab colour of its uniform background, or None.
    """

    histogram: ColorHistogram
    background: Colors | None


@dataclass(frozen=True)
class PictureSpread:
    """What one picture has of a collection's palette.

    Attributes:
        shares: Share of each palette colour in this picture, in the palette's order; they sum to 1.
        distance: Optimal transport between the picture's colours and the palette, in CIEDE2000.
    """

    shares: tuple[float, ...]
    distance: float


@dataclass(frozen=True)
class CollectionPalette:
    """The palette of a collection.

    Attributes:
        palette: One palette over all pictures, each weighing the same.
        spreads: One for each picture, in the order they came.
    """

    palette: Palette
    spreads: tuple[PictureSpread, ...]


def picture_colors(picture: LayeredPicture, *, center_weighted: bool = False) -> PictureColors:
    """Counts the colours of one picture.

    Raises:
        FullyTransparent: Nothing in it is visible.
    """
    histogram = color_histogram(picture.pixels, picture.alpha, center_weighted=center_weighted)
    if not histogram.weights.size:
        raise FullyTransparent
    return PictureColors(histogram, background_color(picture.pixels, picture.alpha))


@dataclass(frozen=True)
class _Summary:
    """A coarse histogram in 7 bytes a cell: at most 7 KB of each picture are kept.

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
    """Takes pictures one by one and keeps little of each, so that thousands fit."""

    def __init__(self) -> None:
        self._all: ColorHistogram | None = None
        self._each: list[_Summary] = []
        self._backgrounds: list[Colors | None] = []

    def add(self, colors: PictureColors) -> None:
        """Takes one picture."""
        count = len(self._each)
        self._all = colors.histogram if self._all is None else joined(self._all, count, colors.histogram, 1)
        self._each.append(_Summary.of(colors.histogram))
        self._backgrounds.append(colors.background)

    def palette(self, color_count: int, color_space: ColorSpace = "oklab") -> CollectionPalette:
        """The palette over all pictures so far.

        Args:
            color_count: 1 to 256, or 0 for as many as look different.
            color_space: Where colours are averaged and compared.

        Raises:
            EmptyCollection: No picture was added.
            InvalidColorCount: Impossible number of colours.
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
