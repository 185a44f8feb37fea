"""Number formats of ONNX that Core ML lacks, and the format of Core ML that carries their values exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import onnx

Array: TypeAlias = np.ndarray[Any, Any]
TYPES = onnx.TensorProto


@dataclass(frozen=True)
class FloatFormat:
    """A floating-point format that fits in fp32.

    Attributes:
        digits: Binary digits after the point.
        lowest: Exponent of the smallest normal number; below it the digits become fewer.
        largest: The largest finite number.
        beyond: What a larger one becomes unless it is limited to `largest`: infinity, NaN, or, where there
            is neither, `largest`.
        limited: Whether Cast limits to `largest` by default (`saturate`).
    """

    digits: int
    lowest: int
    largest: float
    beyond: float
    limited: bool = True


FLOATS: dict[int, FloatFormat] = {
    TYPES.BFLOAT16: FloatFormat(7, -126, 2.0**127 * (2 - 2.0**-7), np.inf, limited=False),
    TYPES.FLOAT8E4M3FN: FloatFormat(3, -6, 448.0, np.nan),
    TYPES.FLOAT8E4M3FNUZ: FloatFormat(3, -7, 240.0, np.nan),
    TYPES.FLOAT8E5M2: FloatFormat(2, -14, 57344.0, np.inf),
    TYPES.FLOAT8E5M2FNUZ: FloatFormat(2, -15, 57344.0, np.nan),
    TYPES.FLOAT4E2M1: FloatFormat(1, 0, 6.0, 6.0),
}
"""OCP 8-bit Floating Point, OCP Microscaling Formats, and the FNUZ variants that ONNX has too."""

WHOLE: dict[int, tuple[int, bool]] = {
    TYPES.INT2: (2, True),
    TYPES.INT4: (4, True),
    TYPES.INT8: (8, True),
    TYPES.INT16: (16, True),
    TYPES.UINT2: (2, False),
    TYPES.UINT4: (4, False),
    TYPES.UINT8: (8, False),
    TYPES.UINT16: (16, False),
}
"""Bits of the whole numbers that int32 carries, and whether they have a sign."""

CARRIERS: dict[int, str] = {
    TYPES.FLOAT: "fp32",
    TYPES.DOUBLE: "fp32",
    TYPES.FLOAT16: "fp16",
    TYPES.FLOAT8E8M0: "fp32",
    TYPES.BOOL: "bool",
    **dict.fromkeys(FLOATS, "fp32"),
    **dict.fromkeys((*WHOLE, TYPES.INT32, TYPES.INT64, TYPES.UINT32, TYPES.UINT64), "int32"),
}
"""The format of Core ML for each element type of ONNX."""

_NARROW = {
    np.dtype(onnx.helper.tensor_dtype_to_np_dtype(kind)): np.float32 if carrier == "fp32" else np.int32
    for kind, carrier in CARRIERS.items()
    if onnx.helper.tensor_dtype_to_np_dtype(kind).isbuiltin != 1
}


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Returns whether numpy itself lacks a format, and Core ML too."""
    return dtype in _NARROW


def widened(array: Array) -> Array:
    """Converts numbers of a format that numpy itself lacks to the one that carries them."""
    return array.astype(_NARROW[array.dtype]) if array.dtype in _NARROW else array
