"""Reductions along axes (Apple: reduction), and running sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array


def _log_sum_exp(x: Array, axis: Any, keepdims: bool) -> Array:
    # Shifted by the maximum against overflow, unless that is infinite.
    top = x.max(axis=axis, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0)
    total = np.log(np.exp(x - shift).sum(axis=axis, keepdims=True)) + shift
    return np.asarray(total if keepdims else total.squeeze(axis))


REDUCTIONS: dict[str, Callable[..., Array]] = {
    "reduce_l1_norm": lambda x, axis, keepdims: np.abs(x).sum(axis=axis, keepdims=keepdims),
    "reduce_l2_norm": lambda x, axis, keepdims: np.sqrt(np.square(x).sum(axis=axis, keepdims=keepdims)),
    "reduce_log_sum": lambda x, axis, keepdims: np.log(x.sum(axis=axis, keepdims=keepdims)),
    "reduce_log_sum_exp": _log_sum_exp,
    "reduce_max": lambda x, axis, keepdims: x.max(axis=axis, keepdims=keepdims),
    "reduce_mean": lambda x, axis, keepdims: x.mean(axis=axis, keepdims=keepdims),
    "reduce_min": lambda x, axis, keepdims: x.min(axis=axis, keepdims=keepdims),
    "reduce_prod": lambda x, axis, keepdims: x.prod(axis=axis, keepdims=keepdims),
    "reduce_sum": lambda x, axis, keepdims: x.sum(axis=axis, keepdims=keepdims),
    "reduce_sum_square": lambda x, axis, keepdims: np.square(x).sum(axis=axis, keepdims=keepdims),
}


def _reduction(function: Callable[..., Array]) -> Callable[..., Array]:
    def evaluate(x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
        chosen = tuple(range(x.ndim)) if axes is None else tuple(int(axis) for axis in np.ravel(axes))
        wide = x.astype(np.float32) if x.dtype == np.float16 else x
        return np.asarray(function(wide, chosen, bool(keep_dims))).astype(x.dtype)

    return evaluate


for _name, _function in REDUCTIONS.items():
    evaluates(_name)(_reduction(_function))


@evaluates("reduce_argmax")
def reduce_argmax(x: Array, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Array:
    return np.asarray(np.argmax(x, axis=int(axis), keepdims=bool(keep_dims))).astype(output_dtype)


@evaluates("reduce_argmin")
def reduce_argmin(x: Array, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Array:
    return np.asarray(np.argmin(x, axis=int(axis), keepdims=bool(keep_dims))).astype(output_dtype)


@evaluates("cumsum")
def cumsum(x: Array, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Array:
    ordered = np.flip(x, axis) if reverse else x
    total = np.cumsum(ordered, axis=int(axis), dtype=x.dtype)
    if exclusive:
        total = total - ordered
    return np.flip(total, axis) if reverse else total
