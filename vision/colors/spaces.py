"""Converts arrays of colours from sRGB to the spaces in which they are averaged and compared, and back.

coloraide converts single colours; these are the same conversions for arrays of pixels, tested against it.
"""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt

Colors = npt.NDArray[np.float64]
ColorSpace = Literal["oklab", "lab", "rgb"]

# IEC 61966-2-1: linear sRGB to CIE XYZ under D65.
_RGB_TO_XYZ = np.array(
    [
        [0.41239079926595934, 0.35758433938387800, 0.18048078840183430],
        [0.21263900587151027, 0.71516867876775600, 0.07219231536073371],
        [0.01933081871559182, 0.11919477979462598, 0.95053215224966070],
    ]
)
# Ottosson, "A perceptual color space for image processing", 2020.
_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_XYZ_TO_RGB = np.linalg.inv(_RGB_TO_XYZ)
_LMS_TO_RGB = np.linalg.inv(_RGB_TO_LMS)
_OKLAB_TO_LMS = np.linalg.inv(_LMS_TO_OKLAB)
_D65 = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])

# The 27 cells around a colour, itself first: `argmin` keeps the first of equally near ones.
_NEIGHBOURS = np.array(sorted(product((-1, 0, 1), repeat=3), key=lambda each: sum(map(abs, each))))

# CIE 15:2004, 8.2.1: the linear part of L*a*b* near black.
_DELTA = 6 / 29


def from_srgb(rgb: npt.ArrayLike, space: ColorSpace) -> Colors:
    """Converts sRGB to another space.

    Args:
        rgb: Encoded sRGB, 0 to 255, shape (..., 3).
        space: `oklab` (L 0 to 1), `lab` (CIE L*a*b* under D65, L* 0 to 100) or `rgb` (encoded, 0 to 1).

    Returns:
        Same shape, float64.

    >>> from_srgb([255, 255, 255], "lab").round(3).tolist()
    [100.0, 0.0, 0.0]
    """
    encoded = np.asarray(rgb, np.float64) / 255
    match space:
        case "oklab":
            return np.asarray(np.cbrt(linear(encoded) @ _RGB_TO_LMS.T) @ _LMS_TO_OKLAB.T)
        case "lab":
            return _xyz_to_lab(linear(encoded) @ _RGB_TO_XYZ.T)
        case "rgb":
            return encoded


def to_srgb(colors: Colors, space: ColorSpace) -> Colors:
    """Converts back to encoded sRGB, 0 to 255; colours outside the gamut are clipped per channel.

    Args:
        colors: Shape (..., 3), as `from_srgb` returns them.
        space: The space of the colours.

    Returns:
        Same shape, float64, not rounded.
    """
    match space:
        case "oklab":
            encoded = _encoded((colors @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T)
        case "lab":
            encoded = _encoded(_lab_to_xyz(colors) @ _XYZ_TO_RGB.T)
        case "rgb":
            encoded = colors
    return np.clip(encoded, 0, 1) * 255


def nearest_bytes(colors: Colors, space: ColorSpace) -> npt.NDArray[np.uint8]:
    """Finds the nearest 8-bit sRGB colours in a space.

    A mean of sRGB colours may be outside sRGB. Clipping it per channel misses the nearest colour by far, so
    that clipped colours are refined by descent in steps of 16 down to 1.

    Args:
        colors: Shape (n, 3), as `from_srgb` returns them.
        space: The space of the colours and of the distances.

    Returns:
        uint8 (n, 3).
    """
    found = np.rint(to_srgb(colors, space))
    for index in np.flatnonzero(((found == 0) | (found == 255)).any(axis=1)):
        for step in (16, 8, 4, 2, 1):
            found[index] = _descended(found[index], colors[index], space, step)
    return found.astype(np.uint8)


def _descended(start: Colors, target: Colors, space: ColorSpace, step: int) -> Colors:
    while True:
        around = np.clip(start + step * _NEIGHBOURS, 0, 255)
        nearest = around[np.argmin(((from_srgb(around, space) - target) ** 2).sum(axis=1))]
        if (nearest == start).all():
            return start
        start = nearest


def linear(encoded: Colors) -> Colors:
    """Decodes sRGB, 0 to 1, to amounts of light (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encoded(linear: Colors) -> Colors:
    positive = np.maximum(linear, 0)
    return np.where(positive <= 0.0031308, positive * 12.92, 1.055 * positive ** (1 / 2.4) - 0.055)


def _xyz_to_lab(xyz: Colors) -> Colors:
    relative = xyz / _D65
    f = np.where(relative > _DELTA**3, np.cbrt(relative), relative / (3 * _DELTA**2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _lab_to_xyz(lab: Colors) -> Colors:
    lightness, a, b = np.moveaxis(lab, -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    return np.asarray(np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29)) * _D65)
