"""Draws palettes: a strip in proportion, and the picture beside its colours."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vision.colors.description import PaletteColor
from vision.palette import Palette

_STRIP_PX = (1000, 120)
_PLOT_HEIGHT_PX = 360
_GAP_PX = 16
_SMALLEST_LABEL_PX = 70


@dataclass(frozen=True)
class _Box:
    """A rectangle in one colour, in pixels; large ones are labelled."""

    x: float
    y: float
    width: float
    height: float
    color: PaletteColor


def to_svg(palette: Palette) -> bytes:
    """Draws a strip with every colour as wide as its share, labelled if there is room."""
    return _svg(*_STRIP_PX, _strip(palette.colors, 0, 0, *_STRIP_PX))


def to_png(palette: Palette) -> bytes:
    """Draws the strip of `to_svg` as a PNG file."""
    return _png(*_STRIP_PX, _strip(palette.colors, 0, 0, *_STRIP_PX))


def plot_svg(palette: Palette, picture: npt.NDArray[np.uint8] | None) -> bytes:
    """Draws picture, all colours in proportion, main colour and second colour side by side.

    Args:
        palette: The picture's palette.
        picture: uint8 (H, W, 3), sRGB; None omits it, as for a collection.

    Returns:
        An SVG file with the picture embedded.
    """
    small = None if picture is None else _fitted(picture)
    width, boxes = _plot_layout(palette, small)
    return _svg(width, _PLOT_HEIGHT_PX, boxes, small)


def plot_png(palette: Palette, picture: npt.NDArray[np.uint8] | None) -> bytes:
    """Draws the same as `plot_svg`, as a PNG file."""
    small = None if picture is None else _fitted(picture)
    width, boxes = _plot_layout(palette, small)
    return _png(width, _PLOT_HEIGHT_PX, boxes, small)


def _plot_layout(palette: Palette, picture: Image.Image | None) -> tuple[int, list[_Box]]:
    """Computes the width of the plot, and its boxes to the right of the picture."""
    left = 0 if picture is None else picture.width + _GAP_PX
    boxes = _column(palette.colors, left, _PLOT_HEIGHT_PX)
    shown = [palette.dominant_without_background, *([palette.second] if palette.second else [])]
    for color in shown:
        left += _PLOT_HEIGHT_PX // 2 + _GAP_PX
        boxes.append(_Box(left, 0, _PLOT_HEIGHT_PX // 2, _PLOT_HEIGHT_PX, color))
    return left + _PLOT_HEIGHT_PX // 2, boxes


def _strip(colors: Sequence[PaletteColor], x: float, y: float, width: float, height: float) -> list[_Box]:
    boxes = []
    for color in colors:
        boxes.append(_Box(x, y, color.share * width, height, color))
        x += color.share * width
    return boxes


def _column(colors: Sequence[PaletteColor], x: float, height: float) -> list[_Box]:
    boxes, y = [], 0.0
    for color in colors:
        boxes.append(_Box(x, y, _PLOT_HEIGHT_PX // 2, color.share * height, color))
        y += color.share * height
    return boxes


def _fitted(picture: npt.NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(picture)
    width = max(1, round(image.width * _PLOT_HEIGHT_PX / image.height))
    return image.resize((width, _PLOT_HEIGHT_PX), Image.Resampling.BOX, reducing_gap=2.0)


def _has_label(box: _Box) -> bool:
    return box.width >= _SMALLEST_LABEL_PX and box.height >= 20


def _label(color: PaletteColor) -> str:
    return f"{color.hex} {color.share:.0%}"


def _svg(width: int, height: int, boxes: Sequence[_Box], picture: Image.Image | None = None) -> bytes:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="14">']
    if picture is not None:
        file = io.BytesIO()
        picture.save(file, "jpeg", quality=88)
        data = base64.b64encode(file.getvalue()).decode()
        parts.append(
            f'<image width="{picture.width}" height="{picture.height}" href="data:image/jpeg;base64,{data}"/>'
        )
    for box in boxes:
        title = escape(f"{box.color.name} {_label(box.color)}")
        parts.append(
            f'<rect x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}" '
            f'fill="{box.color.hex}"><title>{title}</title></rect>'
        )
        if _has_label(box):
            middle = f'x="{box.x + box.width / 2:.2f}" y="{box.y + box.height / 2:.2f}"'
            parts.append(
                f'<text {middle} fill="{box.color.text.hex}" text-anchor="middle" '
                f'dominant-baseline="middle">{_label(box.color)}</text>'
            )
    return ("\n".join([*parts, "</svg>"]) + "\n").encode()


def _png(width: int, height: int, boxes: Sequence[_Box], picture: Image.Image | None = None) -> bytes:
    canvas = Image.new("RGB", (width, height), "white")
    if picture is not None:
        canvas.paste(picture)
    draw = ImageDraw.Draw(canvas)
    for box in boxes:
        right, bottom = round(box.x + box.width) - 1, round(box.y + box.height) - 1
        if right < round(box.x) or bottom < round(box.y):
            continue
        draw.rectangle((round(box.x), round(box.y), right, bottom), fill=box.color.rgb)
        if _has_label(box):
            middle = (box.x + box.width / 2, box.y + box.height / 2)
            draw.text(middle, _label(box.color), fill=box.color.text.hex, anchor="mm")
    file = io.BytesIO()
    canvas.save(file, "png", optimize=True)
    return file.getvalue()
