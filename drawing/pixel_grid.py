"""Draws a small picture as a grid of squares with their numbers."""

from __future__ import annotations

import io
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from drawing.pictures import png_file, png_uri
from drawing.plot import Plot

_CELL_PX: Final = 26
_DARK: Final = 128
"""On squares below this grey value the numbers are white, on others black."""


def number_grid(values: NDArray[np.uint8], name: str, alt: str) -> Plot:
    """Draws every pixel as a square in its own grey, with its value.

    Args:
        values: uint8, shape (H, W).
        name: Name of the drawing.
        alt: Text that replaces it.
    """
    return Plot(name, alt, partial(_svg, values, alt), partial(_png, values))


def _svg(values: NDArray[np.uint8], alt: str) -> str:
    height, width = (_CELL_PX * side for side in values.shape)
    squares = png_uri(png_file(values))
    parts = [
        f'<svg role="img" aria-label="{alt}" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width} {height}" font-size="11" text-anchor="middle">',
        f'<image width="{width}" height="{height}" style="image-rendering:pixelated" href="{squares}"/>',
    ]
    for (row, column), value in np.ndenumerate(values):
        x, y = (column + 0.5) * _CELL_PX, (row + 0.5) * _CELL_PX
        ink = "#fff" if value < _DARK else "#000"
        parts.append(f'<text x="{x:g}" y="{y + 4:g}" style="fill:{ink}">{value}</text>')
    return "\n".join([*parts, "</svg>"])


def _png(values: NDArray[np.uint8]) -> bytes:
    height, width = (_CELL_PX * side for side in values.shape)
    enlarged = cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST)
    sheet = Image.fromarray(np.asarray(enlarged, np.uint8))
    draw = ImageDraw.Draw(sheet)
    for (row, column), value in np.ndenumerate(values):
        place = (column + 0.5) * _CELL_PX, (row + 0.5) * _CELL_PX
        draw.text(place, str(value), fill=255 if value < _DARK else 0, anchor="mm")
    file = io.BytesIO()
    sheet.save(file, "png", optimize=True)
    return file.getvalue()
