"""GridSample: pictures sampled at places that the model computes."""

from __future__ import annotations

from itertools import product

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast

CUBIC = -0.75
"""The parameter of the cubic kernel (Keys 1981, equation 4), as in the ONNX operator."""


@lowers("GridSample", newest=28, limits="pictures, not volumes")
def grid_sample(node: Node) -> Value:
    if node.rank() != 4:
        raise node.refused("volumes: Core ML samples pictures")
    height, width = node.shape(0)[2:]
    x, grid = cast(node.value(0), "fp32"), cast(node.value(1), "fp32")
    columns, rows = (mb.squeeze(x=each, axes=[3]) for each in mb.split(x=grid, num_splits=2, axis=3))
    columns, rows = _pixels(node, columns, width), _pixels(node, rows, height)
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(
        node.attribute("mode", "linear"), node.attribute("mode", "linear")
    )
    if mode == "cubic":
        return _cubic(node, x, rows, columns)
    if mode == "nearest":
        rows, columns = mb.round(x=rows), mb.round(x=columns)
    return _sampled(node, x, rows, columns)


def _pixels(node: Node, at: Value, size: int) -> Value:
    """From -1 … 1 to pixels: of the centres of the first and last pixel, or of the edges of the picture."""
    if node.attribute("align_corners", 0):
        return mb.mul(x=mb.add(x=at, y=np.float32(1)), y=np.float32((size - 1) / 2))
    whole = mb.mul(x=mb.add(x=at, y=np.float32(1)), y=np.float32(size / 2))
    return mb.sub(x=whole, y=np.float32(0.5))


def _sampled(node: Node, x: Value, rows: Value, columns: Value) -> Value:
    """Interpolates linearly between four pixels; at a whole number that is the pixel itself."""
    height, width = node.shape(0)[2:]
    padding = node.attribute("padding_mode", "zeros")
    if padding == "reflection":
        rows, columns = _reflected(node, rows, height), _reflected(node, columns, width)
    return mb.resample(
        x=x,
        coordinates=mb.stack(values=[columns, rows], axis=3),
        sampling_mode="bilinear",
        padding_mode="constant" if padding == "zeros" else "border",
        padding_value=np.float32(0),
        coordinates_mode="unnormalized",
        align_corners=True,
    )


def _reflected(node: Node, at: Value, size: int) -> Value:
    """Folds places beyond the edge back, as often as needed, at the last pixels' centres or outer edges."""
    low, span = (0.0, size - 1.0) if node.attribute("align_corners", 0) else (-0.5, float(size))
    if span == 0:
        return mb.mul(x=at, y=np.float32(0))
    turn = mb.mod(x=mb.sub(x=at, y=np.float32(low)), y=np.float32(2 * span))
    back = mb.minimum(x=turn, y=mb.sub(x=np.float32(2 * span), y=turn))
    return mb.add(x=back, y=np.float32(low))


def _cubic(node: Node, x: Value, rows: Value, columns: Value) -> Value:
    """Sums sixteen pixels, each sampled at a whole number, with weights of the cubic kernel."""
    taps = [_taps(each) for each in (rows, columns)]
    total: Value = None
    for (row, down), (column, right) in product(*taps):
        weight = mb.expand_dims(x=mb.mul(x=down, y=right), axes=[1])
        part = mb.mul(x=_sampled(node, x, row, column), y=weight)
        total = part if total is None else mb.add(x=total, y=part)
    return total


def _taps(at: Value) -> list[tuple[Value, Value]]:
    """The four whole numbers around a place, with their weights."""
    base = mb.floor(x=at)
    found = []
    for offset in range(-1, 3):
        place = mb.add(x=base, y=np.float32(offset))
        away = mb.abs(x=mb.sub(x=at, y=place))
        near = offset in (0, 1)
        # Horner's scheme of the two cubics: within 1, and from 1 to 2.
        a = CUBIC
        factors = (a + 2, -(a + 3), 0.0, 1.0) if near else (a, -5 * a, 8 * a, -4 * a)
        weight: Value = np.float32(factors[0])
        for factor in factors[1:]:
            weight = mb.add(x=mb.mul(x=away, y=weight), y=np.float32(factor))
        found.append((place, weight))
    return found
