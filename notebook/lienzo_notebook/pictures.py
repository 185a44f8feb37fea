"""Reads pictures from whatever a notebook has, and folders of labelled ones."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.imagesets.imageset import ImageSet, read_image_set
from vision.picture import Picture, PictureInfo, decode

if TYPE_CHECKING:
    from PIL.Image import Image

PictureLike: TypeAlias = "str | PathLike[str] | bytes | NDArray[np.uint8] | Image"
"""A path, the contents of a file, an array (uint8, RGB or grey), or a PIL picture."""


def read_picture(picture: PictureLike, max_side_px: int | None = None) -> NDArray[np.uint8]:
    """Reads a picture: upright, in sRGB, transparency on white.

    Args:
        picture: A path, bytes, an array or a PIL picture. Arrays are taken as they are, grey ones in three
            channels.
        max_side_px: Longer side in pixels to which a larger one is reduced; None keeps its size.

    Returns:
        uint8, RGB, shape (height, width, 3).

    Raises:
        vision.errors.PictureError: When a file or bytes cannot be read.
        TypeError: For anything else than a picture.

    >>> read_picture(np.zeros((40, 20), np.uint8), max_side_px=20).shape
    (20, 10, 3)
    """
    return to_picture(picture, max_side_px).pixels


def read_images(folder: str | PathLike[str], jobs: int = 1) -> ImageSet:
    """Reads a folder with a folder per class, and groups near duplicates.

    Args:
        folder: Its root; the names of its folders are the labels.
        jobs: Number of threads.

    Returns:
        The set: `labels`, `pictures`, `targets`, `groups`.

    Raises:
        training.errors.ImageSetError: When it has fewer than two classes, or a class fewer than two pictures.
    """
    return read_image_set(Path(folder), jobs)


def to_picture(picture: PictureLike, max_side_px: int | None) -> Picture:
    """Reads a picture with its format and original size; arguments as for `read_picture`."""
    if isinstance(picture, str | PathLike):
        return decode(Path(picture).read_bytes(), max_side_px=max_side_px)
    if isinstance(picture, bytes):
        return decode(picture, max_side_px=max_side_px)
    pixels = np.asarray(picture if isinstance(picture, np.ndarray) else picture_of_pil(picture))
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)):
        raise TypeError(
            f"an array of a picture is uint8 with shape (height, width, 3), not {pixels.dtype} {pixels.shape}"
        )
    colored = pixels if pixels.ndim == 3 else np.repeat(pixels[..., np.newaxis], 3, axis=2)
    height, width = colored.shape[:2]
    info = PictureInfo("array", width, height)
    factor = (max_side_px or max(height, width)) / max(height, width)
    if factor < 1:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        colored = np.asarray(cv2.resize(colored, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(np.ascontiguousarray(colored, np.uint8), info)


def picture_of_pil(picture: object) -> NDArray[np.uint8]:
    """Converts a PIL picture, upright by its EXIF orientation, transparency on white."""
    from PIL import Image, ImageOps

    if not isinstance(picture, Image.Image):
        raise TypeError(
            f"not a picture: {type(picture).__name__}. Expected a path, bytes, an array or a PIL picture"
        )
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        upright = Image.alpha_composite(white, layer)
    return np.asarray(upright.convert("RGB"), np.uint8)


def each_picture(pictures: object) -> Iterator[PictureLike]:
    """Yields the pictures of a list, of a folder, or of an array of several pictures."""
    if isinstance(pictures, str | PathLike) and Path(pictures).is_dir():
        from cli.pictures.photos import pictures_in

        yield from pictures_in(Path(pictures))
    elif isinstance(pictures, str | PathLike | bytes) or (
        isinstance(pictures, np.ndarray) and pictures.ndim in (2, 3)
    ):
        yield pictures
    elif hasattr(pictures, "__iter__"):
        yield from pictures
    else:
        yield pictures  # type: ignore[misc]  # one PIL picture
