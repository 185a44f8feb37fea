"""Shows the picture as numbers: upright, grey, binarised, and pixel by pixel where it is small."""

from __future__ import annotations

from typing import Final

import numpy as np

from drawing.amounts import percent
from drawing.pictures import fitted
from drawing.pixel_grid import number_grid
from drawing.plot import ACCENT, SECOND, finished, new_axes
from explanation.part import Drawing, Part, picture_drawing, plot_drawing
from vision.inspection.gray import binarised, luma
from vision.picture import Picture

SHOWN_SIDE_PX: Final = 480
_GRID_SIDE_PX: Final = 64
"""Longer side of the largest picture whose numbers can be read."""


def picture_part(picture: Picture, name: str) -> Part:
    """Shows the picture upright."""
    info, region = picture.info, picture.info.region
    height, width = picture.pixels.shape[:2]
    part = f" Of it {region.width} × {region.height} from {region.x}, {region.y}." if region else ""
    is_whole = (width, height) == (info.seen.width, info.seen.height)
    reduced = "" if is_whole else f" Looked at in {width} × {height}."
    shown = picture_drawing("picture", fitted(picture.pixels, SHOWN_SIDE_PX), name, f"The picture {name}")
    facts: dict[str, object] = {
        "format": info.format,
        "width_px": info.width_px,
        "height_px": info.height_px,
        "region": region and (region.x, region.y, region.width, region.height),
    }
    size = f"{info.width_px} × {info.height_px} pixels"
    words = f"{size}, {info.format.upper()}, upright, in sRGB.{part}{reduced}"
    return Part("picture", "The picture", (words,), (shown,), facts)


def pixels_part(picture: Picture) -> Part:
    """Shows grey values with their histogram, the binarised picture, and the numbers of a small one."""
    gray = luma(picture.pixels)
    split = binarised(gray)
    light = np.asarray(split.light * np.uint8(255), np.uint8)
    share = float(split.light.mean())
    drawings = [
        picture_drawing("gray", fitted(gray, SHOWN_SIDE_PX), "Grey: 0.299 red + 0.587 green + 0.114 blue"),
        picture_drawing(
            "binarised",
            fitted(light, SHOWN_SIDE_PX),
            f"Binarised: {percent(share)} of the pixels are lighter than {split.level}",
        ),
        _gray_histogram(gray, split.level),
    ]
    if max(gray.shape) <= _GRID_SIDE_PX:
        rows, columns = gray.shape
        alt = f"The {columns} × {rows} pixels with their grey values"
        drawings.append(plot_drawing(number_grid(gray, "grid", alt), f"{alt}, 0 to 255", "wide"))
        ones = number_grid(np.asarray(split.light, np.uint8), "grid_binarised", f"{alt}, binarised")
        drawings.append(plot_drawing(ones, "Light is 1, dark is 0", "wide"))
    words = (
        "Most of what follows looks at grey values alone: 0 is black, 255 is white. Otsu's threshold divides "
        f"them so that both sides differ as much as possible: here at {split.level}."
    )
    facts = {"mean": float(gray.mean()), "otsu_threshold": split.level, "light_share": share}
    return Part("pixels", "Grey, and light against dark", (words,), tuple(drawings), facts)


def _gray_histogram(gray: np.ndarray, level: int) -> Drawing:
    counts = np.bincount(gray.ravel(), minlength=256)
    figure, axes = new_axes(5.2, 2.6)
    axes.stairs(counts, np.arange(257), fill=True, color=ACCENT, alpha=0.6)
    axes.axvline(level + 0.5, color=SECOND, linewidth=1.4)
    axes.annotate(
        f"threshold {level}", (level + 0.5, counts.max()), (4, -4), textcoords="offset points", color=SECOND
    )
    axes.set_xlim(0, 256)
    axes.set_xticks([0, 64, 128, 192, 255])
    axes.set_xlabel("grey value")
    axes.set_ylabel("pixels")
    plot = finished(figure, "gray_histogram", f"Histogram of {gray.size} grey values; threshold at {level}")
    return plot_drawing(plot, "How many pixels have each grey value")
