"""Reshaping, slicing and joining (Apple: tensor_operation, tensor_transformation)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.errors import UnsupportedProgram
from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(int(value) for value in np.ravel(values))


@evaluates("reshape")
def reshape(x: Array, shape: Array) -> Array:
    sizes = [np.shape(x)[i] if size == 0 else size for i, size in enumerate(_ints(shape))]
    return np.reshape(x, sizes)


@evaluates("transpose")
def transpose(x: Array, perm: Array) -> Array:
    return np.transpose(x, _ints(perm))


@evaluates("expand_dims")
def expand_dims(x: Array, axes: Array) -> Array:
    return np.expand_dims(x, _ints(axes))


@evaluates("squeeze")
def squeeze(x: Array, axes: Array | None = None) -> Array:
    return np.squeeze(x, None if axes is None else _ints(axes))


@evaluates("shape")
def shape(x: Array) -> Array:
    return np.array(np.shape(x), np.int32)


@evaluates("fill")
def fill(shape: Array, value: Any = 0.0) -> Array:
    return np.full(_ints(shape), value)


@evaluates("tile")
def tile(x: Array, reps: Array) -> Array:
    return np.tile(x, _ints(reps))


@evaluates("range_1d")
def range_1d(start: Any, end: Any, step: Any) -> Array:
    return np.arange(start, end, step).astype(np.asarray(start).dtype)


@evaluates("concat")
def concat(values: Any, axis: int, interleave: bool = False) -> Array:
    if interleave:
        raise UnsupportedProgram("concat with interleave")
    parts = values if isinstance(values, list) else [values]
    return np.concatenate([np.asarray(part) for part in parts], int(axis))


@evaluates("stack")
def stack(values: Any, axis: int) -> Array:
    return np.stack(values if isinstance(values, list) else [values], int(axis))


@evaluates("split")
def split(
    x: Array, axis: int, num_splits: int | None = None, split_sizes: Array | None = None
) -> tuple[Array, ...]:
    if split_sizes is not None:
        return tuple(np.split(x, np.cumsum(_ints(split_sizes))[:-1], int(axis)))
    if num_splits is None:
        raise UnsupportedProgram("split with neither sizes nor a number of parts")
    return tuple(np.split(x, int(num_splits), int(axis)))


@evaluates("slice_by_index")
def slice_by_index(
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> Array:
    # A set bit of `begin_mask` or `end_mask` leaves that end open; `squeeze_mask` picks one element.
    none = np.zeros(x.ndim, bool)
    steps = np.ones(x.ndim, int) if stride is None else stride
    open_begin, open_end, picked = (
        none if mask is None else mask for mask in (begin_mask, end_mask, squeeze_mask)
    )
    cuts: list[Any] = []
    for axis in range(x.ndim):
        if picked[axis]:
            cuts.append(int(begin[axis]))
            continue
        first = None if open_begin[axis] else int(begin[axis])
        last = None if open_end[axis] else int(end[axis])
        cuts.append(slice(first, last, int(steps[axis])))
    return np.asarray(x[tuple(cuts)])


@evaluates("slice_by_size")
def slice_by_size(x: Array, begin: Array, size: Array) -> Array:
    cuts = [slice(b, None if n == -1 else b + n) for b, n in zip(_ints(begin), _ints(size), strict=True)]
    return x[tuple(cuts)]


@evaluates("reverse")
def reverse(x: Array, axes: Array | None = None) -> Array:
    return np.flip(x, None if axes is None else _ints(axes))


@evaluates("pad")
def pad(x: Array, pad: Array, mode: str = "constant", constant_val: Any = 0.0) -> Array:
    amounts = np.reshape(pad, (-1, 2)).astype(int).tolist()
    widths = [(0, 0)] * (x.ndim - len(amounts)) + [tuple(pair) for pair in amounts]
    if mode == "constant":
        return np.pad(x, widths, constant_values=constant_val)
    numpy_mode: Any = {"replicate": "edge", "reflect": "reflect"}[mode]
    return np.pad(x, widths, mode=numpy_mode)


@evaluates("depth_to_space")
def depth_to_space(x: Array, block_size: int) -> Array:
    # Channels are (block row, block column, channel): ONNX's mode DCR.
    n, c, h, w = x.shape
    b = int(block_size)
    blocks = x.reshape(n, b, b, c // (b * b), h, w).transpose(0, 3, 4, 1, 5, 2)
    return blocks.reshape(n, c // (b * b), h * b, w * b)


@evaluates("pixel_shuffle")
def pixel_shuffle(x: Array, upscale_factor: int) -> Array:
    # Channels are (channel, block row, block column): ONNX's mode CRD.
    n, c, h, w = x.shape
    f = int(upscale_factor)
    blocks = x.reshape(n, c // (f * f), f, f, h, w).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, c // (f * f), h * f, w * f)


@evaluates("space_to_depth")
def space_to_depth(x: Array, block_size: int) -> Array:
    # The inverse of depth_to_space: channels become (block row, block column, channel).
    n, c, h, w = x.shape
    b = int(block_size)
    blocks = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, c * b * b, h // b, w // b)


@evaluates("pixel_unshuffle")
def pixel_unshuffle(x: Array, downscale_factor: int) -> Array:
    # The inverse of pixel_shuffle: channels become (channel, block row, block column).
    n, c, h, w = x.shape
    f = int(downscale_factor)
    blocks = x.reshape(n, c, h // f, f, w // f, f).transpose(0, 1, 3, 5, 2, 4)
    return blocks.reshape(n, c * f * f, h // f, w // f)
