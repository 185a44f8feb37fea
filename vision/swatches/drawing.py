"""Draws palettes: a strip in proportion, and the picture beside its colours."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vision.colors.description import PaletteColor
from vision.palette import Palette

Pixels: TypeAlias = npt.NDArray[np.uint8]

_STRIP_PX = (1000, 120)
_PLOT_HEIGHT_PX = 360
_PANEL_PX = _PLOT_HEIGHT_PX // 2
_TITLE_PX = 28
_GAP_PX = 16
_SMALLEST_LABEL_PX = 70
_THUMBNAIL_PX = 112
# Around every panel, or white would not be seen on white.
_EDGE = "#8f959e"
INK = "#22252b"


@dataclass(frozen=True)
class _Box:
    """A rectangle in one colour, in pixels; large ones are labelled."""

    x: float
    y: float
    width: float
    height: float
    color: PaletteColor


@dataclass(frozen=True)
class _Panel:
    """A part of the plot with its title above and an edge around it."""

    title: str
    x: float
    width: float


@dataclass(frozen=True)
class _Placed:
    """A picture in the plot; its left upper corner in pixels."""

    x: int
    y: int
    image: Image.Image


@dataclass(frozen=True)
class _Layout:
    """Everything in a drawing."""

    size: tuple[int, int]
    boxes: Sequence[_Box]
    panels: Sequence[_Panel] = ()
    images: Sequence[_Placed] = ()


def to_svg(palette: Palette) -> bytes:
    """Draws a strip with every colour as wide as its share, labelled if there is room."""
    return _svg(_Layout(_STRIP_PX, _strip(palette.colors, *_STRIP_PX)))


def to_png(palette: Palette) -> bytes:
    """Draws the strip of `to_svg` as a PNG file."""
    return _png(_Layout(_STRIP_PX, _strip(palette.colors, *_STRIP_PX)))


def plot_svg(palette: Palette, picture: Pixels | None, thumbnails: Sequence[Pixels] = ()) -> bytes:
    """Draws picture, all colours in proportion, main colour and second colour side by side, with titles.

    Args:
        palette: The picture's palette.
        picture: uint8 (H, W, 3), sRGB; None omits it, as for a collection.
        thumbnails: Pictures of a collection, drawn below.

    Returns:
        An SVG file with the pictures embedded.
    """
    return _svg(_plot_layout(palette, picture, thumbnails))


def plot_png(palette: Palette, picture: Pixels | None, thumbnails: Sequence[Pixels] = ()) -> bytes:
    """Draws the same as `plot_svg`, as a PNG file."""
    return _png(_plot_layout(palette, picture, thumbnails))


def _plot_layout(palette: Palette, picture: Pixels | None, thumbnails: Sequence[Pixels]) -> _Layout:
    images, panels = [], []
    left = 0
    if picture is not None:
        small = _fitted(picture)
        images.append(_Placed(0, _TITLE_PX, small))
        panels.append(_Panel("Picture", 0, small.width))
        left = small.width + _GAP_PX
    panels.append(_Panel(f"{len(palette.colors)} colours", left, _PANEL_PX))
    boxes = _column(palette.colors, left)
    shown = {"Main colour": palette.dominant_without_background, "Second colour": palette.second}
    for title, color in shown.items():
        if color is not None:
            left += _PANEL_PX + _GAP_PX
            panels.append(_Panel(title, left, _PANEL_PX))
            boxes.append(_Box(left, _TITLE_PX, _PANEL_PX, _PLOT_HEIGHT_PX, color))
    width, height = left + _PANEL_PX, _TITLE_PX + _PLOT_HEIGHT_PX
    each_row = max(1, (width + _GAP_PX) // (_THUMBNAIL_PX + _GAP_PX))
    for number, each in enumerate(thumbnails):
        row, column = divmod(number, each_row)
        place = column * (_THUMBNAIL_PX + _GAP_PX), height + _GAP_PX + row * (_THUMBNAIL_PX + _GAP_PX)
        image = Image.fromarray(each)
        image.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.BOX)
        images.append(_Placed(*place, image))
    rows = -(-len(thumbnails) // each_row)
    return _Layout((width, height + rows * (_THUMBNAIL_PX + _GAP_PX)), boxes, panels, images)


def _strip(colors: Sequence[PaletteColor], width: float, height: float) -> list[_Box]:
    boxes, x = [], 0.0
    for color in colors:
        boxes.append(_Box(x, 0, color.share * width, height, color))
        x += color.share * width
    return boxes


def _column(colors: Sequence[PaletteColor], x: float) -> list[_Box]:
    boxes, y = [], float(_TITLE_PX)
    for color in colors:
        boxes.append(_Box(x, y, _PANEL_PX, color.share * _PLOT_HEIGHT_PX, color))
        y += color.share * _PLOT_HEIGHT_PX
    return boxes


def _fitted(picture: Pixels) -> Image.Image:
    image = Image.fromarray(picture)
    width = max(1, round(image.width * _PLOT_HEIGHT_PX / image.height))
    return image.resize((width, _PLOT_HEIGHT_PX), Image.Resampling.BOX, reducing_gap=2.0)


def _has_label(box: _Box) -> bool:
    return box.width >= _SMALLEST_LABEL_PX and box.height >= 20


def _label(color: PaletteColor) -> str:
    return f"{color.hex} {color.share:.0%}"


def _svg(layout: _Layout) -> bytes:
    width, height = layout.size
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="14">']
    for each in layout.images:
        file = io.BytesIO()
        each.image.save(file, "jpeg", quality=88)
        data = base64.b64encode(file.getvalue()).decode()
        place = f'x="{each.x}" y="{each.y}" width="{each.image.width}" height="{each.image.height}"'
        parts.append(f'<image {place} href="data:image/jpeg;base64,{data}"/>')
    for box in layout.boxes:
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
    for panel in layout.panels:
        parts.append(f'<text x="{panel.x:g}" y="{_TITLE_PX - 9}" fill="{INK}">{panel.title}</text>')
        edge = f'width="{panel.width - 1:g}" height="{_PLOT_HEIGHT_PX - 1}" fill="none" stroke="{_EDGE}"'
        parts.append(f'<rect x="{panel.x + 0.5:g}" y="{_TITLE_PX + 0.5:g}" {edge}/>')
    return ("\n".join([*parts, "</svg>"]) + "\n").encode()


def _png(layout: _Layout) -> bytes:
    canvas = Image.new("RGB", layout.size, "white")
    for each in layout.images:
        canvas.paste(each.image, (each.x, each.y))
    draw = ImageDraw.Draw(canvas)
    for box in layout.boxes:
        right, bottom = round(box.x + box.width) - 1, round(box.y + box.height) - 1
        if right < round(box.x) or bottom < round(box.y):
            continue
        draw.rectangle((round(box.x), round(box.y), right, bottom), fill=box.color.rgb)
        if _has_label(box):
            middle = (box.x + box.width / 2, box.y + box.height / 2)
            draw.text(middle, _label(box.color), fill=box.color.text.hex, anchor="mm")
    for panel in layout.panels:
        draw.text((panel.x, _TITLE_PX - 8), panel.title, fill=INK, anchor="ls")
        corner = round(panel.x + panel.width) - 1, _TITLE_PX + _PLOT_HEIGHT_PX - 1
        draw.rectangle((round(panel.x), _TITLE_PX, *corner), outline=_EDGE)
    file = io.BytesIO()
    canvas.save(file, "png", optimize=True)
    return file.getvalue()
