"""The values between nodes during conversion: constant arrays, and variables of the ML Program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from lienzo_coreml.formats import Array as Array
from lienzo_coreml.formats import widened
from lienzo_coreml.mil import Var, is_symbolic, mb, types

Value: TypeAlias = Any
"""A numpy array for a constant, or a variable (`Var`) of the ML Program for a computed value."""

INT32 = np.iinfo(np.int32)


def is_known(value: Value) -> bool:
    """Returns whether a value is a constant."""
    return isinstance(value, np.ndarray)


def to_core_ml(array: Array) -> Array:
    """Converts an array to a type that ML Programs have: float32, float16, int32 or bool.

    Integers are clipped to 32 bits: ONNX writes "to the end" as the largest 64-bit integer.
    """
    array = widened(array)
    if array.dtype.kind in "iu":
        return np.clip(array, INT32.min, INT32.max).astype(np.int32)
    if array.dtype == np.float64:
        return array.astype(np.float32)
    return array


def to_var(value: Value) -> Var:
    """Converts a value to a variable of the ML Program; an array becomes a constant of it."""
    if not is_known(value):
        return value
    array = to_core_ml(value)
    return mb.const(val=array if array.ndim else array[()])


def shape_of(value: Value) -> tuple[Any, ...]:
    """Returns the shape of a value; sizes that are only known on the device are symbols."""
    return tuple(int(size) if not is_symbolic(size) else size for size in value.shape)


def is_static(shape: Sequence[Any]) -> bool:
    """Returns whether every size of a shape is known at conversion."""
    return not any(is_symbolic(size) for size in shape)


def dtype_name(value: Value) -> str:
    """Returns the type of a value: `fp32`, `fp16`, `int32` or `bool`."""
    if is_known(value):
        dtype = to_core_ml(value).dtype
        return {"float32": "fp32", "float16": "fp16"}.get(str(dtype.name), str(dtype.name))
    return str(types.builtin_to_string(value.dtype))


def is_float(value: Value) -> bool:
    """Returns whether a value is fp32 or fp16."""
    return dtype_name(value).startswith("fp")


def cast(value: Value, name: str) -> Var:
    """Casts a value to the named type; adds no operation when it has that type already."""
    var = to_var(value)
    return var if dtype_name(var) == name else mb.cast(x=var, dtype=name)


def scalar(number: float, like: Value) -> Any:
    """Converts a number to the type of another value, for use as the second operand of an operation."""
    kinds = {"fp32": np.float32, "fp16": np.float16, "int32": np.int32, "bool": np.bool_}
    return kinds[dtype_name(like)](number)


def broadcast_to(value: Value, shape: Sequence[int]) -> Var:
    """Repeats axes of size one until a value has the given (static) shape."""
    var = to_var(value)
    if shape_of(var) == tuple(shape):
        return var
    if len(var.shape) < len(shape):
        var = mb.reshape(x=var, shape=[1] * (len(shape) - len(var.shape)) + list(shape_of(var)))
    if shape_of(var) == tuple(shape):
        return var
    return mb.tile(x=var, reps=[new // old for new, old in zip(shape, shape_of(var), strict=True)])


def zeros_like(value: Value, name: str | None = None) -> Var:
    """Makes zeros of the shape of a value, which may be known on the device only.

    Nothing exceeds infinity, not even NaN or infinity itself; a product with zero would keep both.

    Args:
        value: A variable.
        name: Type of the zeros; by default that of the value.
    """
    kind = dtype_name(value)
    number = cast(value, "int32") if kind == "bool" else to_var(value)
    limit = np.int32(INT32.max) if kind in ("int32", "bool") else scalar(np.inf, value)
    nothing = mb.greater(x=number, y=limit)
    return cast(nothing, name or kind)


def spread(number: Any, like: Value) -> Var:
    """Makes a tensor of one number with shape and type of a value."""
    shape = shape_of(like)
    if is_static(shape):
        return to_var(np.full(shape, scalar(number, like)))
    return mb.add(x=zeros_like(like), y=scalar(number, like))
