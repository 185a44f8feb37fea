"""Draws colour histograms: one-dimensional by channel, two-dimensional in the OKLab plane."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vision.colors.histogram import ColorHistogram, coarsened
from vision.colors.spaces import from_srgb

_SIDE_PX = 360
_GAP_PX = 24
_WIDTH_PX = 2 * _SIDE_PX + _GAP_PX
# Supersampling: drawn so many times larger and averaged, because Pillow does not anti-alias.
_FINER = 4
# A histogram holds the mean colours of its cells; finer bins would show gaps between them.
_BINS = 32
_CHANNELS = (("red", "#d22"), ("green", "#292"), ("blue", "#24d"))
# Largest chroma of the OKLab plane shown; only the most vivid screen colours exceed it.
_CHROMA = 0.3
# The radius, in pixels, of a circle that stands for the whole picture.
_WHOLE_PX = 90.0


@dataclass(frozen=True)
class _Curve:
    """A line through points, x to the right and y downwards, in pixels."""

    name: str
    color: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class _Dot:
    """A filled circle, in pixels."""

    x: float
    y: float
    radius: float
    color: str


def channel_counts(histogram: ColorHistogram) -> npt.NDArray[np.float64]:
    """Computes one-dimensional histograms of red, green and blue.

    Args:
        histogram: A picture's colours.

    Returns:
        float64 (3, 32): the share of the picture in each of 32 equal steps of encoded sRGB; rows sum to 1.
    """
    steps = np.minimum(histogram.colors * (_BINS / 256), _BINS - 1).astype(np.intp)
    rows = [np.bincount(axis, weights=histogram.weights, minlength=_BINS) for axis in steps.T]
    return np.stack(rows).astype(np.float64, copy=False)


def histogram_svg(histogram: ColorHistogram) -> bytes:
    """Draws both histograms side by side.

    Left: the distribution of red, green and blue, from none to full. Right: the colours in the OKLab plane,
    grey in the middle, red to the right, yellow at the top, as circles in the colour itself whose area is
    proportional to the share.

    Args:
        histogram: A picture's colours.

    Returns:
        An SVG file.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_PX}" height="{_SIDE_PX}" '
        f'viewBox="0 0 {_WIDTH_PX} {_SIDE_PX}">',
        f'<rect width="{_WIDTH_PX}" height="{_SIDE_PX}" fill="#fff"/>',
    ]
    for curve in _curves(histogram):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in curve.points)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{curve.color}" stroke-width="2">'
            f"<title>{curve.name}</title></polyline>"
        )
    for dot in _dots(histogram):
        circle = f'cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="{dot.radius:.2f}"'
        parts.append(f'<circle {circle} fill="{dot.color}"/>')
    return ("\n".join([*parts, "</svg>"]) + "\n").encode()


def histogram_png(histogram: ColorHistogram) -> bytes:
    """Draws the same as `histogram_svg`, as a PNG file."""
    canvas = Image.new("RGB", (_WIDTH_PX * _FINER, _SIDE_PX * _FINER), "white")
    draw = ImageDraw.Draw(canvas)
    for curve in _curves(histogram):
        points = [(x * _FINER, y * _FINER) for x, y in curve.points]
        draw.line(points, fill=curve.color, width=2 * _FINER, joint="curve")
    for dot in _dots(histogram):
        box = (dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius)
        draw.ellipse([edge * _FINER for edge in box], fill=dot.color)
    file = io.BytesIO()
    canvas.resize((_WIDTH_PX, _SIDE_PX), Image.Resampling.BOX).save(file, "png", optimize=True)
    return file.getvalue()


def _curves(histogram: ColorHistogram) -> list[_Curve]:
    counts = channel_counts(histogram)
    # Square roots, or a uniform background would flatten everything else.
    heights = np.sqrt(counts / counts.max()) * (_SIDE_PX - 10)
    x = np.linspace(0, _SIDE_PX, _BINS)
    return [
        _Curve(name, color, list(zip(x.tolist(), (_SIDE_PX - row).tolist(), strict=True)))
        for (name, color), row in zip(_CHANNELS, heights, strict=True)
    ]


def _dots(histogram: ColorHistogram) -> list[_Dot]:
    """Returns the disc of the OKLab plane and the picture's colours on it, large ones first."""
    coarse = coarsened(histogram)
    center_x, center_y = _SIDE_PX + _GAP_PX + _SIDE_PX / 2, _SIDE_PX / 2
    scale = _SIDE_PX / 2 / _CHROMA
    lab = from_srgb(coarse.colors, "oklab")
    dots = [_Dot(center_x, center_y, _SIDE_PX / 2, "#f4f4f4")]
    for index in np.argsort(-coarse.weights, kind="stable"):
        _, a, b = (float(value) for value in lab[index])
        color = "#" + np.rint(coarse.colors[index]).astype(np.uint8).tobytes().hex()
        radius = max(0.75, _WHOLE_PX * float(np.sqrt(coarse.weights[index])))
        dots.append(_Dot(center_x + a * scale, center_y - b * scale, radius, color))
    return dots
