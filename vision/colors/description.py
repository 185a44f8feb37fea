"""Describes the colours of a palette: values, names, text colour, emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from coloraide import Color

from vision.colors.feeling import Feeling, Temperature, feeling, temperature
from vision.colors.naming import css_names, fine_names

Triple = tuple[float, float, float]

_BLACK = Color("srgb", [0, 0, 0])
_BLACK_TO_WHITE = float(_BLACK.contrast(Color("srgb", [1, 1, 1]), method="wcag21"))


@dataclass(frozen=True)
class TextColor:
    """Black or white text, whichever reads better on a colour.

    Attributes:
        hex: `#000000` or `#ffffff`.
        contrast_ratio: WCAG 2.2 contrast, 1 to 21; from 4.5 on, normal text passes AA.
    """

    hex: str
    contrast_ratio: float


@dataclass(frozen=True)
class PaletteColor:
    """One colour of a palette.

    Attributes:
        hex: `#rrggbb`, lower case.
        share: Share of what is visible, 0 to 1; over a palette the shares sum to 1.
        rgb: sRGB, 0 to 255.
        hsl: Hue in degrees (0 for greys), saturation and lightness 0 to 1.
        oklch: Lightness 0 to 1, chroma 0 to about 0.4, hue in degrees (0 for greys).
        lab: CIE L*a*b* under D50, as CSS `lab()`.
        css_name: Nearest CSS name by CIEDE2000.
        name: Nearest name of a finer list by CIEDE2000.
        text: The text colour that reads best on it.
        temperature: Whether people see it as warm or cool.
        feeling: The emotions that it tends to cause.
        is_background: Whether it is the picture's uniform background.
    """

    hex: str
    share: float
    rgb: tuple[int, int, int]
    hsl: Triple
    oklch: Triple
    lab: Triple
    css_name: str
    name: str
    text: TextColor
    temperature: Temperature
    feeling: Feeling
    is_background: bool


def described(
    rgb: npt.NDArray[np.uint8], shares: Sequence[float], is_background: Sequence[bool]
) -> tuple[PaletteColor, ...]:
    """Describes the colours of a palette.

    Args:
        rgb: uint8 (k, 3), sRGB.
        shares: Share of each colour.
        is_background: Whether each colour is the background.

    Returns:
        One description for each colour, in the same order.
    """
    css, fine = css_names().nearest(rgb), fine_names().nearest(rgb)
    return tuple(
        _described(values, share, background, css_name, name)
        for values, share, background, css_name, name in zip(
            rgb.tolist(), shares, is_background, css, fine, strict=True
        )
    )


def _described(rgb: list[int], share: float, is_background: bool, css_name: str, name: str) -> PaletteColor:
    color = Color("srgb", [value / 255 for value in rgb])
    lightness, chroma, hue = _coordinates(color, "oklch")
    return PaletteColor(
        hex="#" + bytes(rgb).hex(),
        share=float(share),
        rgb=(rgb[0], rgb[1], rgb[2]),
        hsl=_coordinates(color, "hsl"),
        oklch=(lightness, chroma, hue),
        lab=_coordinates(color, "lab"),
        css_name=css_name,
        name=name,
        text=_readable_text(color),
        temperature=temperature(chroma, hue),
        feeling=feeling(lightness, chroma, hue),
        is_background=bool(is_background),
    )


def _coordinates(color: Color, space: str) -> Triple:
    converted = color.convert(space)
    first, second, third = converted.coords(nans=False)
    if space == "oklch" and converted.is_nan("hue"):
        third = 0.0
    return float(first), float(second), float(third)


def _readable_text(color: Color) -> TextColor:
    black = float(color.contrast(_BLACK, method="wcag21"))
    # Contrast is a ratio of luminances, so contrast to black times contrast to white is constant.
    white = _BLACK_TO_WHITE / black
    return TextColor("#000000", black) if black >= white else TextColor("#ffffff", white)
