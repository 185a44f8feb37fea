"""Converts between messages and `vision`, for palettes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lienzo.image.v1 import image_pb2, palette_pb2
from lienzo.palette.v1 import palette_pb2 as palette_service_pb2
from vision.collection import PictureSpread
from vision.colors.description import PaletteColor
from vision.colors.spaces import ColorSpace
from vision.palette import Palette, check_color_count

_SPACES: Final[dict[int, ColorSpace]] = {
    palette_pb2.COLOR_SPACE_OKLAB: "oklab",
    palette_pb2.COLOR_SPACE_LAB: "lab",
    palette_pb2.COLOR_SPACE_RGB: "rgb",
}
_TEMPERATURES: Final = {
    "warm": palette_pb2.COLOR_TEMPERATURE_WARM,
    "cool": palette_pb2.COLOR_TEMPERATURE_COOL,
    "neutral": palette_pb2.COLOR_TEMPERATURE_NEUTRAL,
}


@dataclass(frozen=True)
class PaletteRequest:
    """Checked options of a palette.

    Attributes:
        color_count: 1 to 256; 0 for as many as look different.
        color_space: The space in which colours are averaged and compared.
        center_weighted: Whether pixels near the middle weigh more.
    """

    color_count: int
    color_space: ColorSpace
    center_weighted: bool


def from_options(options: palette_pb2.PaletteOptions) -> PaletteRequest:
    """Reads the options; unset ones, and colour spaces of a newer contract, become the default.

    Raises:
        InvalidColorCount: More than 256 colours.
    """
    check_color_count(options.color_count)
    space = _SPACES.get(options.color_space, "oklab")
    return PaletteRequest(options.color_count, space, options.center_weighted)


def to_palette(palette: Palette) -> palette_pb2.Palette:
    """Converts a palette to its message."""
    return palette_pb2.Palette(
        colors=[_to_color(color) for color in palette.colors],
        dominant_index=palette.dominant_index,
        dominant_without_background_index=palette.dominant_without_background_index,
        has_background=palette.has_background,
    )


def to_shares(name: tuple[str, str], spread: PictureSpread) -> palette_service_pb2.PictureShares:
    """Converts one picture's shares of the collection's palette, with its id and address, to a message."""
    request_id, uri = name
    return palette_service_pb2.PictureShares(
        request_id=request_id, shares=spread.shares, distance=spread.distance, uri=uri
    )


def to_failure(name: tuple[str, str], error: image_pb2.ItemError) -> palette_service_pb2.PictureFailure:
    """Converts the error of a picture of a collection, with its id and address, to a message."""
    request_id, uri = name
    return palette_service_pb2.PictureFailure(request_id=request_id, error=error, uri=uri)


def _to_color(color: PaletteColor) -> palette_pb2.PaletteColor:
    red, green, blue = color.rgb
    return palette_pb2.PaletteColor(
        hex=color.hex,
        share=color.share,
        rgb=palette_pb2.RgbColor(red=red, green=green, blue=blue),
        hsl=palette_pb2.HslColor(hue_degrees=color.hsl[0], saturation=color.hsl[1], lightness=color.hsl[2]),
        oklch=palette_pb2.OklchColor(
            lightness=color.oklch[0], chroma=color.oklch[1], hue_degrees=color.oklch[2]
        ),
        lab=palette_pb2.LabColor(lightness=color.lab[0], a=color.lab[1], b=color.lab[2]),
        css_name=color.css_name,
        name=color.name,
        text=palette_pb2.TextColor(hex=color.text.hex, contrast_ratio=color.text.contrast_ratio),
        temperature=_TEMPERATURES[color.temperature],
        feeling=palette_pb2.ColorFeeling(
            pleasure=color.feeling.pleasure,
            arousal=color.feeling.arousal,
            dominance=color.feeling.dominance,
            words=color.feeling.words,
        ),
        is_background=color.is_background,
    )
