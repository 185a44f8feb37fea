"""Matrix products, convolution, pooling, normalisation (Apple: linear, conv, pool, normalization)."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array

Pads = list[tuple[int, int]]


def _wide(x: Array) -> Array:
    """Converts fp16 to fp32, because the device accumulates products in single precision."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


@evaluates("matmul")
def matmul(x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    left = np.swapaxes(x, -1, -2) if transpose_x else x
    right = np.swapaxes(y, -1, -2) if transpose_y else y
    return np.asarray(np.matmul(_wide(left), _wide(right)), x.dtype)


@evaluates("linear")
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    result = np.matmul(_wide(x), _wide(weight).T)
    return np.asarray(result if bias is None else result + _wide(np.asarray(bias)), x.dtype)


def _pads(pad_type: str, pad: Array | None, sizes: Any, kernel: Any, strides: Any, dilations: Any) -> Pads:
    if pad_type == "valid" or (pad_type == "custom" and pad is None):
        return [(0, 0)] * len(kernel)
    if pad_type == "custom":
        return [tuple(pair) for pair in np.reshape(pad, (-1, 2)).astype(int).tolist()]  # type: ignore[arg-type]
    # "same": ceil(size / stride) outputs; "same_lower" puts the odd element before, "same" after.
    found = []
    for size, length, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        total = max((-(-size // stride) - 1) * stride + (length - 1) * dilation + 1 - size, 0)
        found.append(
            (total // 2, total - total // 2) if pad_type == "same" else (total - total // 2, total // 2)
        )
    return found


def _windows(x: Array, kernel: Any, strides: Any, dilations: Any, pads: Pads, empty: float) -> Array:
    """Returns all windows as a view of shape (N, C, *outputs, *kernel)."""
    # Windows as wide as the dilated kernel at every position, thinned by the strides; inside a window only
    # every `dilation`-th element counts.
    spatial = len(kernel)
    padded = np.pad(x, [(0, 0), (0, 0), *pads], constant_values=empty)
    reach = tuple(int((k - 1) * d + 1) for k, d in zip(kernel, dilations, strict=True))
    axes: Any = tuple(range(2, 2 + spatial))
    views: Array = np.lib.stride_tricks.sliding_window_view(padded, reach, axes)
    steps = [slice(None, None, int(s)) for s in strides]
    inner = [slice(None, None, int(d)) for d in dilations]
    return views[(slice(None), slice(None), *steps, *inner)]


@evaluates("conv")
def conv(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    strides: Array | None = None,
    pad_type: str = "valid",
    pad: Array | None = None,
    dilations: Array | None = None,
    groups: int = 1,
) -> Array:
    kernel, spatial = weight.shape[2:], weight.ndim - 2
    strides = np.ones(spatial, int) if strides is None else strides
    dilations = np.ones(spatial, int) if dilations is None else dilations
    pads = _pads(pad_type, pad, x.shape[2:], kernel, strides, dilations)
    windows = _windows(_wide(x), kernel, strides, dilations, pads, 0)
    groups, filters = int(groups), _wide(weight)
    # As a matrix product (im2col): one row for each output position, one column for each filter. Every group
    # of channels has filters of its own.
    count, outputs = x.shape[0], windows.shape[2 : 2 + spatial]
    each_in, each_out = x.shape[1] // groups, weight.shape[0] // groups
    order = [0, *range(2, 2 + spatial), 1, *range(2 + spatial, 2 + 2 * spatial)]
    parts = []
    for group in range(groups):
        columns = windows[:, group * each_in : (group + 1) * each_in].transpose(order)
        columns = columns.reshape(count * int(np.prod(outputs)), -1)
        own = filters[group * each_out : (group + 1) * each_out].reshape(each_out, -1)
        parts.append((columns @ own.T).reshape(count, *outputs, each_out))
    result = np.moveaxis(np.concatenate(parts, -1), -1, 1)
    if bias is not None:
        result = result + _wide(np.asarray(bias)).reshape(-1, *[1] * spatial)
    return np.ascontiguousarray(result).astype(x.dtype)


@evaluates("conv_transpose")
def conv_transpose(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    pad: Array | None = None,
    output_shape: Array | None = None,
    pad_type: str = "valid",
    strides: Array | None = None,
    dilations: Array | None = None,
    groups: int = 1,
) -> Array:
    kernel, spatial, groups = weight.shape[2:], weight.ndim - 2, int(groups)
    strides = np.ones(spatial, int) if strides is None else np.asarray(strides)
    dilations = np.ones(spatial, int) if dilations is None else np.asarray(dilations)
    sizes = [
        int((n - 1) * s + (k - 1) * d + 1)
        for n, s, k, d in zip(x.shape[2:], strides, kernel, dilations, strict=True)
    ]
    # Each kernel tap adds the whole input, times its weights, to every stride-th output from its offset.
    each_in, each_out = x.shape[1] // groups, weight.shape[1]
    result = np.zeros((x.shape[0], each_out * groups, *sizes), np.float32)
    for offset in product(*(range(k) for k in kernel)):
        targets = tuple(
            slice(int(o * d), int(o * d + (n - 1) * s + 1), int(s))
            for o, d, n, s in zip(offset, dilations, x.shape[2:], strides, strict=True)
        )
        for group in range(groups):
            own_in = slice(group * each_in, (group + 1) * each_in)
            own_out = slice(group * each_out, (group + 1) * each_out)
            at_tap: Any = (own_in, slice(None), *offset)
            tap = _wide(weight)[at_tap]
            added = np.einsum("nc...,co->no...", _wide(x)[:, own_in], tap)
            result[(slice(None), own_out, *targets)] += added
    if pad_type == "custom" and pad is not None:
        cuts = [slice(int(a), int(n - b)) for (a, b), n in zip(np.reshape(pad, (-1, 2)), sizes, strict=True)]
        result = result[(slice(None), slice(None), *cuts)]
    if bias is not None:
        result = result + _wide(np.asarray(bias)).reshape(-1, *[1] * spatial)
    return result.astype(x.dtype)


def _pool_windows(x: Array, kernel: Any, strides: Any, pad_type: str, pad: Any, empty: float) -> Array:
    ones = np.ones(len(kernel), int)
    steps = ones if strides is None else strides
    pads = _pads(pad_type, pad, x.shape[2:], kernel, steps, ones)
    return _windows(x, kernel, steps, ones, pads, empty)


@evaluates("max_pool")
def max_pool(
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    ceil_mode: bool = False,
) -> Array:
    if ceil_mode:
        raise ValueError("ceil_mode")
    windows = _pool_windows(x, kernel_sizes, strides, pad_type, pad, -np.inf)
    return np.asarray(windows.max(axis=tuple(range(-len(kernel_sizes), 0))), x.dtype)


@evaluates("avg_pool")
def avg_pool(
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Array:
    if ceil_mode:
        raise ValueError("ceil_mode")
    inner = tuple(range(-len(kernel_sizes), 0))
    total = _pool_windows(_wide(x), kernel_sizes, strides, pad_type, pad, 0).sum(axis=inner)
    counted: Any = np.prod(kernel_sizes)
    if exclude_padding_from_average:  # counts the real elements of each window
        ones = np.ones((1, 1, *x.shape[2:]), np.float32)
        counted = _pool_windows(ones, kernel_sizes, strides, pad_type, pad, 0).sum(axis=inner)
    return np.asarray(total / counted, x.dtype)


@evaluates("batch_norm")
def batch_norm(
    x: Array,
    mean: Array,
    variance: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float = 1e-5,
) -> Array:
    shape = (-1, *[1] * (x.ndim - 2))
    result = (_wide(x) - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + epsilon)
    if gamma is not None:
        result = result * gamma.reshape(shape)
    if beta is not None:
        result = result + beta.reshape(shape)
    return np.asarray(result.astype(x.dtype))


@evaluates("instance_norm")
def instance_norm(
    x: Array, gamma: Array | None = None, beta: Array | None = None, epsilon: float = 1e-5
) -> Array:
    axes, shape = tuple(range(2, x.ndim)), (-1, *[1] * (x.ndim - 2))
    wide = _wide(x)
    result = (wide - wide.mean(axes, keepdims=True)) / np.sqrt(wide.var(axes, keepdims=True) + epsilon)
    if gamma is not None:
        result = result * gamma.reshape(shape)
    if beta is not None:
        result = result + beta.reshape(shape)
    return np.asarray(result.astype(x.dtype))


@evaluates("layer_norm")
def layer_norm(
    x: Array,
    axes: Array | None = None,
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float = 1e-5,
) -> Array:
    chosen = tuple(range(x.ndim)) if axes is None else tuple(int(axis) % x.ndim for axis in np.ravel(axes))
    wide = _wide(x)
    result = (wide - wide.mean(chosen, keepdims=True)) / np.sqrt(wide.var(chosen, keepdims=True) + epsilon)
    shape = [x.shape[i] if i in chosen else 1 for i in range(x.ndim)]
    if gamma is not None:
        result = result * gamma.reshape(shape)
    if beta is not None:
        result = result + beta.reshape(shape)
    return np.asarray(result.astype(x.dtype))


@evaluates("l2_norm")
def l2_norm(x: Array, epsilon: float = 1e-6) -> Array:
    axes = tuple(range(-3, 0)) if x.ndim >= 3 else tuple(range(x.ndim))
    wide = _wide(x)
    return np.asarray(wide / np.sqrt(np.square(wide).sum(axes, keepdims=True) + epsilon), x.dtype)


@evaluates("local_response_norm")
def local_response_norm(
    x: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    # Sums squares over a window of `size` neighbouring channels.
    half = (int(size) - 1) // 2
    squares = np.pad(np.square(_wide(x)), [(0, 0), (half, int(size) - 1 - half), *[(0, 0)] * (x.ndim - 2)])
    total = np.lib.stride_tricks.sliding_window_view(squares, int(size), 1).sum(-1)
    return np.asarray(_wide(x) / (k + alpha / size * total) ** beta, x.dtype)
