"""Resizes the last two axes (Apple: image_resizing)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array


def _grid(length: int, size: int, mode: str) -> Array:
    """Computes the input coordinate of each output, as Apple's notes on `resize_bilinear` define it."""
    i = np.arange(size, dtype=np.float64)
    if mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        if size == 1:
            return np.full(1, (length - 1) / 2 if mode == "ALIGN_CORNERS" else 0.0)
        coordinates = i * (length - 1) / (size - 1)
    elif mode == "DEFAULT":
        coordinates = i * (length / size)
    elif mode == "OFFSET_CORNERS":
        delta = max(1, length - 1) / size
        coordinates = 0.5 * delta + i * delta
    else:
        spacing = length / size
        coordinates = i * spacing + 0.5 * spacing - 0.5
    return np.clip(coordinates, 0, length - 1)


def _linear(x: Array, axis: int, coordinates: Array) -> Array:
    low = np.floor(coordinates).astype(int)
    high = np.minimum(low + 1, x.shape[axis] - 1)
    share = (coordinates - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    return np.asarray(np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share)


@evaluates("resize_bilinear")
def resize_bilinear(
    x: Array, target_size_height: int = 1, target_size_width: int = 1, sampling_mode: str = "DEFAULT"
) -> Array:
    result = x.astype(np.float32)
    for axis, size in ((x.ndim - 2, target_size_height), (x.ndim - 1, target_size_width)):
        result = _linear(result, axis, _grid(x.shape[axis], int(size), sampling_mode))
    return result.astype(x.dtype)


@evaluates("upsample_bilinear")
def upsample_bilinear(
    x: Array,
    scale_factor_height: Any = 1,
    scale_factor_width: Any = 1,
    align_corners: bool = True,
    half_pixel_centers: bool | None = None,
) -> Array:
    height, width = int(x.shape[-2] * scale_factor_height), int(x.shape[-1] * scale_factor_width)
    return np.asarray(
        resize_bilinear(x, height, width, "STRICT_ALIGN_CORNERS" if align_corners else "UNALIGN_CORNERS")
    )


@evaluates("upsample_nearest_neighbor")
def upsample_nearest_neighbor(x: Array, scale_factor_height: Any = 1, scale_factor_width: Any = 1) -> Array:
    for axis, factor in ((x.ndim - 2, scale_factor_height), (x.ndim - 1, scale_factor_width)):
        size = int(x.shape[axis] * factor)
        x = np.asarray(np.take(x, (np.arange(size) * (x.shape[axis] / size)).astype(int), axis))
    return x


@evaluates("crop")
def crop(x: Array, crop_height: Array, crop_width: Array) -> Array:
    (top, bottom), (left, right) = (np.ravel(each).astype(int).tolist() for each in (crop_height, crop_width))
    return x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]
