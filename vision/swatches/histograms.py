"""Colour histograms to look at: one-dimensional by channel, two-dimensional in the OKLab plane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vision.colors.histogram import ColorHistogram, coarsened
from vision.colors.spaces import from_srgb

_SIDE_PX = 360
_GAP_PX = 24
_BINS = 64
_CHANNELS = (("red", "#d22"), ("green", "#292"), ("blue", "#24d"))
# The OKLab plane is shown out to this chroma, beyond which only the most vivid screen colours lie.
_CHROMA = 0.3
# The radius, in pixels, of a circle that stands for the whole picture.
_WHOLE_PX = 90.0


def channel_counts(histogram: ColorHistogram) -> npt.NDArray[np.float64]:
    """One-dimensional histograms of red, green and blue.

    Args:
        histogram: A picture's colours.

    Returns:
        float64 (3, 64): the share of the picture in each of 64 equal steps of encoded sRGB; rows sum to 1.
    """
    steps = np.minimum(histogram.colors * (_BINS / 256), _BINS - 1).astype(np.intp)
    rows = [np.bincount(axis, weights=histogram.weights, minlength=_BINS) for axis in steps.T]
    return np.stack(rows).astype(np.float64, copy=False)


def histogram_svg(histogram: ColorHistogram) -> bytes:
    """Both histograms side by side.

    Left, how much of the picture has how much red, green and blue, from none to full. Right, its colours in
    the OKLab plane seen from above, grey in the middle, red to the right, yellow at the top: circles as
    large as the share and in the colour itself.

    Args:
        histogram: A picture's colours.

    Returns:
        An SVG file.
    """
    width = 2 * _SIDE_PX + _GAP_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_SIDE_PX}" '
        f'viewBox="0 0 {width} {_SIDE_PX}">',
        f'<rect width="{width}" height="{_SIDE_PX}" fill="#fff"/>',
        *_curves(channel_counts(histogram)),
        *_plane(coarsened(histogram), _SIDE_PX + _GAP_PX),
        "</svg>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _curves(counts: npt.NDArray[np.float64]) -> list[str]:
    # Square roots, or one flat background would press everything else to the ground.
    heights = np.sqrt(counts / counts.max()) * (_SIDE_PX - 10)
    x = np.linspace(0, _SIDE_PX, _BINS)
    parts = []
    for (name, stroke), row in zip(_CHANNELS, heights, strict=True):
        points = " ".join(f"{left:.1f},{_SIDE_PX - height:.1f}" for left, height in zip(x, row, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{stroke}" stroke-width="2">'
            f"<title>{name}</title></polyline>"
        )
    return parts


def _plane(histogram: ColorHistogram, left: int) -> list[str]:
    center_x, center_y = left + _SIDE_PX / 2, _SIDE_PX / 2
    lab = from_srgb(histogram.colors, "oklab")
    scale = _SIDE_PX / 2 / _CHROMA
    parts = [f'<circle cx="{center_x}" cy="{center_y}" r="{_SIDE_PX / 2}" fill="#f4f4f4"/>']
    for index in np.argsort(-histogram.weights, kind="stable"):
        _, a, b = lab[index]
        color = "#" + np.rint(histogram.colors[index]).astype(np.uint8).tobytes().hex()
        radius = max(0.75, _WHOLE_PX * float(np.sqrt(histogram.weights[index])))
        parts.append(
            f'<circle cx="{center_x + a * scale:.1f}" cy="{center_y - b * scale:.1f}" r="{radius:.1f}" '
            f'fill="{color}"/>'
        )
    return parts
