"""Reads the constant values of an ML Program: numbers, text, lists, and references to the weight file."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.errors import UnsupportedProgram
from lienzo_coreml.interpreter.weights import WeightFiles
from lienzo_coreml.mil import quiet

with quiet():
    from coremltools.proto import MIL_pb2

DTYPES: dict[int, Any] = {
    MIL_pb2.DataType.Value(name): dtype
    for name, dtype in {
        "BOOL": np.bool_,
        "STRING": np.object_,
        "FLOAT16": np.float16,
        "FLOAT32": np.float32,
        "FLOAT64": np.float64,
        "INT8": np.int8,
        "INT16": np.int16,
        "INT32": np.int32,
        "INT64": np.int64,
        "UINT8": np.uint8,
        "UINT16": np.uint16,
        "UINT32": np.uint32,
        "UINT64": np.uint64,
    }.items()
}


def tensor_shape(tensor_type: Any) -> tuple[int | None, ...]:
    """Returns the sizes of a tensor type; None for a dynamic size."""
    return tuple(
        int(dimension.constant.size) if dimension.WhichOneof("dimension") == "constant" else None
        for dimension in tensor_type.dimensions
    )


def read_literal(value: Any, weights: WeightFiles) -> Any:
    """Reads an array, a scalar, a text, or a list of those.

    Raises:
        InvalidPackage: When the weight file is damaged.
        UnsupportedProgram: For an unknown kind of value.
    """
    tensor_type = value.type.tensorType
    shape = tuple(size or 0 for size in tensor_shape(tensor_type))
    if value.WhichOneof("value") == "blobFileValue":
        blob = value.blobFileValue
        return weights.read(blob.fileName, int(blob.offset), shape)
    immediate = value.immediateValue
    kind = immediate.WhichOneof("value")
    if kind == "list":
        return [read_literal(item, weights) for item in immediate.list.values]
    if kind == "tuple":
        return tuple(read_literal(item, weights) for item in immediate.tuple.values)
    if kind != "tensor":
        raise UnsupportedProgram(f"a value of kind {kind}")
    return _tensor(immediate.tensor, DTYPES.get(tensor_type.dataType), shape)


def _tensor(tensor: Any, dtype: Any, shape: tuple[int, ...]) -> Any:
    if dtype is None:
        raise UnsupportedProgram("a number type that numpy does not have")
    kind = tensor.WhichOneof("value")
    values: Any = getattr(tensor, kind).values if kind else ()
    if kind == "bytes":
        array = np.frombuffer(values, dtype)
    elif kind == "strings":
        array = np.array(list(values), object)
    else:
        array = np.array(list(values), dtype)
    if not shape:
        return array.reshape(())[()] if array.size else array
    return array.reshape(shape)
