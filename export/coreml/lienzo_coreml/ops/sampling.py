"""Computes the weights of the inputs in each output of a resized axis.

Follows the text of the ONNX operator Resize: `coordinate_transformation_mode`, `nearest_mode`,
`cubic_coeff_a` (Keys 1981, equation 4, with a free parameter), `exclude_outside`, `antialias`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.values import Array

EDGE = 1e-9


def axis_weights(
    length: int, size: int, scale: float, settings: dict[str, Any], span: tuple[float, float]
) -> tuple[Array, Array]:
    """Computes the weights of a resized axis.

    Args:
        length: Inputs along the axis.
        size: Outputs along the axis.
        scale: Outputs per input, as the model states it.
        settings: `mode`, `coordinates`, `nearest`, `cubic`, `outside`, `antialias`.
        span: Begin and end of the part that is kept, 0 to 1; only for `tf_crop_and_resize`.

    Returns:
        Weights, float64 of shape (size, length), and whether each output is outside the input, bool (size,).
    """
    coordinates = _coordinates(length, size, scale, settings["coordinates"], span)
    outside = np.zeros(size, bool)
    if settings["coordinates"] == "tf_crop_and_resize":
        outside = (coordinates < 0) | (coordinates > length - 1)
    if settings["mode"] == "nearest":
        rows = np.clip(_nearest(coordinates, settings["nearest"]), 0, length - 1)
        return np.eye(length)[rows.astype(int)], outside
    return _interpolated(coordinates, length, scale, settings), outside


def _coordinates(length: int, size: int, scale: float, mode: str, span: tuple[float, float]) -> Array:
    i = np.arange(size, dtype=np.float64)
    if mode == "half_pixel":
        return (i + 0.5) / scale - 0.5
    if mode == "half_pixel_symmetric":
        adjustment = size / (scale * length)
        return length / 2 * (1 - adjustment) + (i + 0.5) / scale - 0.5
    if mode == "pytorch_half_pixel":
        return (i + 0.5) / scale - 0.5 if size > 1 else np.zeros(size)
    span_out = length * scale - 1
    if mode == "align_corners":
        return i * (length - 1) / span_out if size > 1 else np.zeros(size)
    if mode == "asymmetric":
        return i / scale
    if mode == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    first, last = span
    if size > 1:
        return first * (length - 1) + i * (last - first) * (length - 1) / span_out
    return np.full(size, 0.5 * (first + last) * (length - 1))


def _nearest(coordinates: Array, mode: str) -> Array:
    if mode == "floor":
        return np.floor(coordinates)
    if mode == "ceil":
        return np.ceil(coordinates)
    if mode == "round_prefer_ceil":
        return np.floor(coordinates + 0.5)
    return np.ceil(coordinates - 0.5)


def _kernel(distance: Array, mode: str, cubic: float) -> Array:
    x = np.abs(distance)
    if mode == "linear":
        return np.asarray(np.maximum(1 - x, 0))
    near = ((cubic + 2) * x - (cubic + 3)) * x * x + 1
    far = ((cubic * x - 5 * cubic) * x + 8 * cubic) * x - 4 * cubic
    return np.asarray(np.where(x <= 1, near, np.where(x < 2, far, 0.0)))


def _interpolated(coordinates: Array, length: int, scale: float, settings: dict[str, Any]) -> Array:
    """Computes the weights of linear and cubic interpolation; beyond the edge, inputs repeat or are left out.

    Each output takes the inputs within the kernel's radius around its coordinate. With `antialias` the kernel
    is widened by the reduction. Inputs beyond the edge add their weight to the edge, or with
    `exclude_outside` get none.
    """
    shrink = min(scale, 1.0) if settings.get("antialias") else 1.0
    radius = int(np.ceil((2 if settings["mode"] == "cubic" else 1) / shrink)) + 1
    offsets = np.arange(-radius, radius + 1)
    rows = np.floor(coordinates)[:, None] + offsets
    weights = _kernel((rows - coordinates[:, None]) * shrink, settings["mode"], settings.get("cubic", -0.75))
    if settings.get("outside"):
        weights = np.where((rows < 0) | (rows >= length), 0.0, weights)
    if settings.get("outside") or shrink < 1:
        weights = weights / weights.sum(1, keepdims=True)
    matrix = np.zeros((len(coordinates), length))
    columns = np.clip(rows, 0, length - 1).astype(int)
    np.add.at(matrix, (np.arange(len(coordinates))[:, None], columns), weights)
    return np.where(np.abs(matrix) < EDGE, 0.0, matrix)
