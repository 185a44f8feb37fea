"""Rounds fp32 to a narrower format by arithmetic, because Core ML casts to fp16 only."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.formats import FLOATS, WHOLE
from lienzo_coreml.mil import mb
from lienzo_coreml.values import Value, is_float, spread

LOWEST = -126


def rounded(x: Value, kind: int, *, limited: bool) -> Value:
    """Rounds fp32 to the nearest number of a floating-point format, of two the even one.

    Args:
        x: fp32.
        kind: ONNX element type, one of `FLOATS`.
        limited: Whether numbers beyond the largest become the largest.
    """
    form = FLOATS[kind]
    size = mb.abs(x=x)
    step = mb.mul(
        x=_power_below(size, form.lowest, int(np.log2(form.largest))), y=np.float32(2.0**-form.digits)
    )
    near = mb.mul(x=mb.round(x=mb.real_div(x=x, y=step)), y=step)
    largest = np.float32(form.largest)
    # Comparisons, not min and max: NaN stays NaN.
    above = mb.greater(x=near, y=largest)
    below = mb.less(x=near, y=np.float32(-form.largest))
    limit = largest if limited else np.float32(form.beyond)
    near = mb.select(cond=above, a=spread(limit, near), b=near)
    near = mb.select(cond=below, a=spread(-limit, near), b=near)
    if np.isfinite(form.beyond):  # a format without NaN has zero in its place
        near = mb.select(cond=mb.equal(x=x, y=x), a=near, b=spread(0, near))
    return near


def _power_below(size: Value, lowest: int, highest: int) -> Value:
    """Finds the largest power of two that is not above a number, between two bounds.

    From the lower bound it grows by ever shorter strides, as a search for the exponent bit by bit.
    """
    power = spread(2.0**lowest, size)
    bounded = mb.minimum(x=size, y=np.float32(2.0**highest))
    for stride in _strides(highest - lowest):
        higher = mb.mul(x=power, y=np.float32(2.0**stride))
        power = mb.select(cond=mb.greater_equal(x=bounded, y=higher), a=higher, b=power)
    return power


def _strides(span: int) -> list[int]:
    """Lists strides that add up to every number from 0 to a span; 2¹²⁷ is the largest power that fp32 has."""
    wide = max(-(-(span - 127) // 64), 0)
    return [64] * wide + [1 << bit for bit in reversed(range((span - 64 * wide).bit_length()))]


def rounded_to_power(x: Value, mode: str) -> Value:
    """Rounds positive fp32 to a power of two, the numbers of float8e8m0, `up`, `down` or to the `nearest`."""
    power = _power_below(x, LOWEST, 127)
    if mode == "down":
        return power
    bound = mb.mul(x=power, y=np.float32(1.5)) if mode == "nearest" else power
    beyond = mb.greater(x=x, y=bound) if mode == "up" else mb.greater_equal(x=x, y=bound)
    return mb.select(cond=beyond, a=mb.mul(x=power, y=np.float32(2)), b=power)


def wrapped(x: Value, kind: int) -> Value:
    """Keeps the lower bits of whole numbers, as two's complement of a narrower type reads them."""
    bits, signed = WHOLE[kind]
    half = np.int32(1 << (bits - 1) if signed else 0)
    numbers = mb.cast(x=x, dtype="int32") if is_float(x) else x
    return mb.sub(x=mb.mod(x=mb.add(x=numbers, y=half), y=np.int32(1 << bits)), y=half)
