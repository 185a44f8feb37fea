"""Weights stored in fewer bits (Apple: constexpr_ops of iOS 16 and iOS 18)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.errors import UnsupportedProgram
from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.interpreter.weights import unpack_bits
from lienzo_coreml.values import Array


@evaluates("constexpr_affine_dequantize")
def affine_dequantize(quantized_data: Array, zero_point: Any, scale: Any, axis: int) -> Array:
    # Scales and zero points are one number, or a vector along `axis`.
    shape = [-1 if i == int(axis) else 1 for i in range(quantized_data.ndim)]

    def along(parameter: Any) -> Array:
        array = np.asarray(parameter)
        return array if array.ndim == 0 else array.reshape(shape)

    centred = quantized_data.astype(np.float32) - along(zero_point).astype(np.float32)
    return (centred * along(scale)).astype(np.asarray(scale).dtype)


@evaluates("constexpr_lut_to_dense")
def lut_to_dense(
    indices: Array, lut: Array, shape: Array | None = None, vector_axis: int | None = None
) -> Array:
    if shape is not None:  # iOS 16: packed indices into one table, whose length gives the bits of an index
        sizes = tuple(int(size) for size in np.ravel(shape))
        count = int(np.prod(sizes))
        chosen = unpack_bits(np.asarray(indices, np.uint8).ravel(), int(np.log2(len(lut))), count)
        return np.asarray(lut[chosen].reshape(sizes))
    if vector_axis is not None and lut.shape[-1] != 1:
        raise UnsupportedProgram("tables of vectors")
    # iOS 18: a table for each block. Its leading axes divide the axes of the indices into equal parts.
    blocks = lut.shape[:-2]
    result = np.empty(indices.shape, lut.dtype)
    for block in np.ndindex(*blocks):
        part = tuple(
            slice(i * (size // count), (i + 1) * (size // count))
            for i, size, count in zip(block, indices.shape, blocks, strict=True)
        )
        result[part] = lut[block][indices[part].astype(int), 0]
    return result


@evaluates("constexpr_blockwise_shift_scale")
def blockwise_shift_scale(data: Array, scale: Array, offset: Array | None = None) -> Array:
    # One parameter for each block: repeats it over the block's elements.
    def spread(parameter: Array) -> Array:
        repeats = [size // count for size, count in zip(data.shape, parameter.shape, strict=True)]
        return np.kron(parameter.astype(np.float32), np.ones(repeats, np.float32))

    centred = data.astype(np.float32) - (0 if offset is None else spread(offset))
    return np.asarray((centred * spread(scale)).astype(scale.dtype))


@evaluates("constexpr_cast")
def constant_cast(source_val: Array, output_dtype: str) -> Array:
    return source_val.astype({"fp32": np.float32, "fp16": np.float16}[output_dtype])
