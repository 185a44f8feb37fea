"""Palettes: the colours of a picture and their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.colors.background import background_color, is_background
from vision.colors.clustering import Clusters, clusters, collected
from vision.colors.description import PaletteColor, described
from vision.colors.histogram import ColorHistogram, color_histogram
from vision.colors.merging import perceptual_groups
from vision.colors.spaces import Colors, ColorSpace, from_srgb, nearest_bytes, to_srgb
from vision.errors import FullyTransparent, InvalidColorCount
from vision.picture import LayeredPicture, PictureLimits, decode_cheaply
from vision.region import Region

MAX_COLORS = 256
AUTO = 0

# With `auto`, so many clusters are found before those that look alike are merged.
_AUTO_START = 14
# Pictures are reduced as far as their longer side stays at least this long.
_ENOUGH_PX = 480


@dataclass(frozen=True)
class Palette:
    """The colours of a picture.

    Attributes:
        colors: In descending order of share; fewer than requested when the picture has fewer.
        dominant_index: Index of the colour with the largest share.
        dominant_without_background_index: Index of the colour with the largest share apart from the
            background; the same as `dominant_index` when there is no background or nothing else.
        has_background: Whether a uniform background was found.
    """

    colors: tuple[PaletteColor, ...]
    dominant_index: int
    dominant_without_background_index: int
    has_background: bool

    @property
    def dominant(self) -> PaletteColor:
        """The main colour."""
        return self.colors[self.dominant_index]

    @property
    def dominant_without_background(self) -> PaletteColor:
        """The main colour apart from the background."""
        return self.colors[self.dominant_without_background_index]

    @property
    def second(self) -> PaletteColor | None:
        """The second colour, preferably not the background; None when there is only one colour."""
        rest = [color for color in self.colors if color is not self.dominant_without_background]
        return next((color for color in rest if not color.is_background), rest[0] if rest else None)


def extract_palette(
    data: bytes,
    color_count: int,
    *,
    color_space: ColorSpace = "oklab",
    center_weighted: bool = False,
    limits: PictureLimits | None = None,
) -> Palette:
    """Finds the colours of a picture.

    Args:
        data: The picture file.
        color_count: 1 to 256, or 0 for as many as look different.
        color_space: Space in which colours are averaged and compared.
        center_weighted: Whether pixels near the middle weigh more.
        limits: Limits of bytes and pixels; the defaults when None.

    Returns:
        The palette. The same bytes give the same palette.

    Raises:
        InvalidColorCount: For fewer than 0 or more than 256 colours.
        FullyTransparent: When every pixel is transparent.
        PictureError: When the picture cannot be read (see `vision.picture.decode`).
    """
    check_color_count(color_count)
    picture = decode_for_palette(data, limits or PictureLimits())
    return picture_palette(picture, color_count, color_space=color_space, center_weighted=center_weighted)


def check_color_count(color_count: int) -> None:
    """Raises InvalidColorCount unless the number is 1 to 256, or 0 for automatic."""
    if not AUTO <= color_count <= MAX_COLORS:
        raise InvalidColorCount(color_count, MAX_COLORS)


def decode_for_palette(data: bytes, limits: PictureLimits, region: Region | None = None) -> LayeredPicture:
    """Decodes a picture at the smallest size that keeps its colours."""
    return decode_cheaply(data, limits, _ENOUGH_PX, region)


def picture_palette(
    picture: LayeredPicture,
    color_count: int,
    *,
    color_space: ColorSpace = "oklab",
    center_weighted: bool = False,
) -> Palette:
    """Computes the palette of a decoded picture; arguments and errors as for `extract_palette`."""
    check_color_count(color_count)
    histogram = color_histogram(picture.pixels, picture.alpha, center_weighted=center_weighted)
    if not histogram.weights.size:
        raise FullyTransparent
    background = background_color(picture.pixels, picture.alpha)
    return histogram_palette(histogram, color_count, color_space, background)


def histogram_palette(
    histogram: ColorHistogram,
    color_count: int,
    color_space: ColorSpace = "oklab",
    background: Colors | None = None,
) -> Palette:
    """Computes the palette of a histogram.

    Args:
        histogram: Colours and weights, not empty.
        color_count: 1 to 256, or 0 for as many as look different.
        color_space: Space in which colours are averaged and compared.
        background: OKLab colour of a uniform background, or None.
    """
    found = _color_clusters(histogram, color_count, color_space)
    rgb, shares = _distinct(nearest_bytes(found.centers, color_space), found.shares)
    return palette_of(rgb, shares, is_background(rgb, background))


def palette_of(
    rgb: npt.NDArray[np.uint8], shares: npt.NDArray[np.float64], behind: npt.NDArray[np.bool_]
) -> Palette:
    """Returns the palette of colours that are known: everything else about them follows.

    Args:
        rgb: uint8 (k, 3), sRGB, by falling share; at least one.
        shares: Share of each, shape (k,).
        behind: Whether each is background, shape (k,).
    """
    before = np.flatnonzero(~behind)
    return Palette(
        colors=described(rgb, shares.tolist(), behind.tolist()),
        dominant_index=0,
        dominant_without_background_index=int(before[0]) if before.size else 0,
        has_background=bool(behind.any()),
    )


def _color_clusters(histogram: ColorHistogram, color_count: int, color_space: ColorSpace) -> Clusters:
    points = from_srgb(histogram.colors, color_space)
    if color_count != AUTO:
        return clusters(points, histogram.weights, color_count)
    many = clusters(points, histogram.weights, _AUTO_START)
    groups = perceptual_groups(to_srgb(many.centers, color_space), many.shares)
    return collected(many.centers, many.shares, groups)


def _distinct(
    rgb: npt.NDArray[np.uint8], shares: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Joins colours that rounding made equal, and sorts by descending share."""
    distinct, labels = np.unique(rgb, axis=0, return_inverse=True)
    joined = np.bincount(labels.ravel(), weights=shares)
    order = np.argsort(-joined, kind="stable")
    return distinct[order], joined[order] / joined.sum()
