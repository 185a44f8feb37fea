"""Colour spaces as graphs: from sRGB planes to bins of RGB, HSV or CIE Lab."""

from __future__ import annotations

import numpy as np

from training.graphs.extractors.picture import PictureGraph

# sRGB to CIE XYZ with the white of D65 divided out (IEC 61966-2-1, annex F).
_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
) / np.array([[0.95047], [1.0], [1.08883]])

_RANGES = {
    "rgb": ((0.0, 256.0), (0.0, 256.0), (0.0, 256.0)),
    "hsv": ((0.0, 360.0), (0.0, 1.0), (0.0, 1.0)),
    "lab": ((0.0, 100.0), (-128.0, 128.0), (-128.0, 128.0)),
}


def channel_ranges(space: str) -> tuple[tuple[float, float], ...]:
    """Returns the lowest and highest value per channel: `rgb` (0 to 256), `hsv` (degrees, shares), `lab`."""
    return _RANGES[space]


def add_color_space(graph: PictureGraph, planes: str, space: str) -> str:
    """Converts planes of sRGB (0 to 255) to another colour space, same shape."""
    if space == "hsv":
        return _add_hsv(graph, planes)
    return _add_lab(graph, planes) if space == "lab" else planes


def add_bin_numbers(graph: PictureGraph, planes: str, space: str, bins: int) -> str:
    """Adds the bin of each value, from 0 to `bins` − 1; the last one includes the highest value."""
    ranges = np.array(channel_ranges(space), np.float64)
    widths = ((ranges[:, 1] - ranges[:, 0]) / bins).reshape(1, 3, 1, 1)
    above = graph.add("Add", planes, graph.number(-ranges[:, 0].reshape(1, 3, 1, 1)))
    numbers = graph.add("Floor", graph.add("Div", above, graph.number(widths)))
    return graph.add("Min", graph.add("Max", numbers, graph.number(0)), graph.number(bins - 1))


def _add_hsv(graph: PictureGraph, planes: str) -> str:
    """Adds hue in degrees, saturation and value from 0 to 1 (Smith, "Color Gamut Transform Pairs", 1978)."""
    red, green, blue = (graph.sliced(planes, 1, each, each + 1) for each in range(3))
    value = graph.add("Max", red, green, blue)
    spread = graph.add("Sub", value, graph.add("Min", red, green, blue))
    safe = graph.add("Max", spread, graph.number(1e-6))

    def sector(first: str, second: str, start: float) -> str:
        slope = graph.add("Div", graph.add("Sub", first, second), safe)
        return graph.add("Mul", graph.add("Add", slope, graph.number(start)), graph.number(60))

    blue_or_green = graph.add(
        "Where", graph.add("Equal", value, green), sector(blue, red, 2), sector(red, green, 4)
    )
    any_hue = graph.add("Where", graph.add("Equal", value, red), sector(green, blue, 0), blue_or_green)
    below = graph.as_float(graph.add("Less", any_hue, graph.number(0)))
    hue = graph.add("Add", any_hue, graph.add("Mul", below, graph.number(360)))
    saturation = graph.add("Div", spread, graph.add("Max", value, graph.number(1e-6)))
    return graph.add("Concat", hue, saturation, graph.add("Div", value, graph.number(255)), axis=1)


def _add_lab(graph: PictureGraph, planes: str) -> str:
    """Adds CIE 1976 L*a*b* under D65 (CIE 15, section 8.2.1) of sRGB (IEC 61966-2-1, section 5.2)."""
    shares = graph.add("Div", planes, graph.number(255))
    curved = graph.add("Div", graph.add("Add", shares, graph.number(0.055)), graph.number(1.055))
    dark = graph.add("Less", shares, graph.number(0.04045))
    slow = graph.add("Div", shares, graph.number(12.92))
    linear = graph.add("Where", dark, slow, graph.add("Pow", curved, graph.number(2.4)))
    ratios = graph.linear_map(linear, _TO_XYZ)
    small = graph.add("Less", ratios, graph.number((6 / 29) ** 3))
    straight = graph.add(
        "Add", graph.add("Mul", ratios, graph.number((29 / 6) ** 2 / 3)), graph.number(4 / 29)
    )
    root = graph.add("Pow", graph.add("Max", ratios, graph.number(1e-6)), graph.number(1 / 3))
    curve = graph.add("Where", small, straight, root)
    return graph.linear_map(curve, [[0, 116, 0], [500, -500, 0], [0, 200, -200]], [-16, 0, 0])
