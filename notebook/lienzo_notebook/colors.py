"""Extracts palettes of pictures and of folders."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import numpy as np

from lienzo_notebook.pictures import PictureLike, each_picture, picture_of_pil, read_picture
from vision.collection import Collection, CollectionPalette, picture_colors
from vision.colors.spaces import ColorSpace
from vision.palette import Palette, decode_for_palette, picture_palette
from vision.picture import LayeredPicture, PictureInfo, PictureLimits


def palette(
    picture: PictureLike,
    colors: int = 0,
    *,
    space: ColorSpace = "oklab",
    center: bool = False,
) -> Palette:
    """Finds the colours of a picture and their shares.

    Args:
        picture: A path, bytes, an array or a PIL picture.
        colors: How many, 1 to 256; 0 for as many as look different.
        space: Space in which colours are averaged and compared: `oklab`, `lab` or `rgb`.
        center: Whether pixels near the middle weigh more.

    Returns:
        `colors` in descending order of share, each with `hex`, `share`, `rgb`, `name`, `feeling`, ….

    >>> picture = np.zeros((40, 40, 3), np.uint8)
    >>> picture[:, :10] = (255, 255, 255)
    >>> [(color.hex, round(color.share, 2)) for color in palette(picture, 2).colors]
    [('#000000', 0.75), ('#ffffff', 0.25)]
    """
    return picture_palette(_layered(picture), colors, color_space=space, center_weighted=center)


def folder_palette(
    pictures: Iterable[PictureLike] | str | PathLike[str], colors: int = 0, *, space: ColorSpace = "oklab"
) -> CollectionPalette:
    """Finds one palette of many pictures, to which each contributes equally, and each one's share of it.

    Args:
        pictures: Pictures, or a folder.
        colors: As for `palette`.
        space: As for `palette`.
    """
    collection = Collection()
    for each in each_picture(pictures):
        collection.add(picture_colors(_layered(each)))
    return collection.palette(colors, space)


def _layered(picture: PictureLike) -> LayeredPicture:
    if isinstance(picture, str | PathLike):
        return decode_for_palette(Path(picture).read_bytes(), PictureLimits())
    if isinstance(picture, bytes):
        return decode_for_palette(picture, PictureLimits())
    pixels = read_picture(picture if isinstance(picture, np.ndarray) else picture_of_pil(picture))
    height, width = pixels.shape[:2]
    return LayeredPicture(pixels, None, PictureInfo("array", width, height))
