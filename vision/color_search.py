"""Searches pictures by colour."""

from __future__ import annotations

import numpy as np
from coloraide import Color

from vision.colors.difference import differences
from vision.colors.histogram import ColorHistogram
from vision.errors import UnknownColor

# CIEDE2000 from which on a colour no longer counts as the wanted one.
_UNLIKE = 20.0


def parsed_color(text: str) -> tuple[int, int, int]:
    """Parses a CSS colour: `teal`, `#0a8`, `rgb(0 160 140)`, `oklch(60% 0.1 180)`.

    Returns:
        sRGB, 0 to 255; a colour outside the gamut becomes the nearest inside.

    Raises:
        UnknownColor: When the text is not a CSS colour.

    >>> parsed_color("teal")
    (0, 128, 128)
    """
    try:
        color = Color(text).convert("srgb").fit()
    except ValueError as error:
        raise UnknownColor(text) from error
    red, green, blue = (round(255 * value) for value in color.coords(nans=False))
    return red, green, blue


def color_presence(histogram: ColorHistogram, rgb: tuple[int, int, int]) -> float:
    """Measures how much of a picture has a colour.

    Args:
        histogram: The picture's histogram.
        rgb: sRGB, 0 to 255.

    Returns:
        Share of the picture, 0 to 1. A pixel counts 1 in exactly this colour, falling linearly to 0 at a
        CIEDE2000 of 20.
    """
    apart = differences(histogram.colors, [rgb])[:, 0]
    return float(histogram.weights @ np.maximum(0.0, 1.0 - apart / _UNLIKE))
