"""Gathering, scattering and ranking (Apple: scatter_gather, tensor_operation), and the classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array


@evaluates("gather")
def gather(
    x: Array, indices: Any, axis: int = 0, batch_dims: int = 0, validate_indices: bool = False
) -> Array:
    if not batch_dims:
        return np.take(x, np.asarray(indices).astype(np.int64), int(axis))
    # The first `batch_dims` axes of data and indices correspond: gathers within each batch entry.
    axis = int(axis) % x.ndim
    rows = [
        np.take(x[i], np.asarray(indices)[i].astype(np.int64), axis - batch_dims)
        for i in np.ndindex(*x.shape[: int(batch_dims)])
    ]
    return np.asarray(np.stack(rows).reshape(*x.shape[: int(batch_dims)], *rows[0].shape))


@evaluates("gather_along_axis")
def gather_along_axis(x: Array, indices: Array, axis: int = 0, validate_indices: bool = False) -> Array:
    return np.take_along_axis(x, indices.astype(np.int64), int(axis))


@evaluates("gather_nd")
def gather_nd(x: Array, indices: Array, batch_dims: int = 0, validate_indices: bool = False) -> Array:
    # The last axis of the indices holds one coordinate for each leading axis of the data.
    if not batch_dims:
        return np.asarray(x[tuple(np.moveaxis(indices.astype(np.int64), -1, 0))])
    outer = x.shape[: int(batch_dims)]
    rows = [x[i][tuple(np.moveaxis(indices[i].astype(np.int64), -1, 0))] for i in np.ndindex(*outer)]
    return np.stack(rows).reshape(*outer, *np.shape(rows[0]))


ACCUMULATORS: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
}


def _scattered(data: Array, coordinates: tuple[Array, ...], updates: Array, mode: str) -> Array:
    result = data.copy()
    if mode == "update":
        result[coordinates] = updates
    else:
        # `ufunc.at` accumulates when a coordinate occurs twice.
        ACCUMULATORS[mode].at(result, coordinates, updates)
    return result


@evaluates("scatter")
def scatter(
    data: Array,
    indices: Array,
    updates: Array,
    axis: int = 0,
    mode: str = "add",
    validate_indices: bool = False,
) -> Array:
    moved, values = np.moveaxis(data, int(axis), 0), np.moveaxis(updates, int(axis), 0)
    return np.moveaxis(_scattered(moved, (indices.astype(np.int64),), values, mode), 0, int(axis))


@evaluates("scatter_along_axis")
def scatter_along_axis(
    data: Array,
    indices: Array,
    updates: Array,
    axis: int = 0,
    mode: str = "add",
    validate_indices: bool = False,
) -> Array:
    # Every update keeps its own coordinates, except along `axis`.
    coordinates: list[Array] = list(np.indices(indices.shape))
    coordinates[int(axis)] = indices.astype(np.int64)
    return _scattered(data, tuple(coordinates), updates, mode)


@evaluates("scatter_nd")
def scatter_nd(
    data: Array, indices: Array, updates: Array, mode: str = "add", validate_indices: bool = False
) -> Array:
    return _scattered(data, tuple(np.moveaxis(indices.astype(np.int64), -1, 0)), updates, mode)


@evaluates("topk")
def topk(
    x: Array,
    k: int = 1,
    axis: int = -1,
    ascending: bool = False,
    sort: bool = True,
    return_indices: bool = True,
    output_indices_dtype: str = "int32",
) -> tuple[Array, ...]:
    axis = int(axis)
    if ascending:
        order = np.argsort(x, axis=axis, kind="stable")
    else:
        # Sorting the reversed array and reversing the order keeps the lower index first among equal values.
        order = x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)
    chosen = np.take(order, np.arange(int(k)), axis)
    values = np.take_along_axis(x, chosen, axis)
    return (values, chosen.astype(output_indices_dtype)) if return_indices else (values,)


@evaluates("argsort")
def argsort(x: Array, axis: int = -1, ascending: bool = False) -> Array:
    return np.asarray(topk(x, x.shape[int(axis)], axis, ascending)[1])


@evaluates("one_hot")
def one_hot(
    indices: Array, one_hot_vector_size: int, axis: int = -1, on_value: Any = 1, off_value: Any = 0
) -> Array:
    hit = np.asarray(indices)[..., None] == np.arange(int(one_hot_vector_size))
    marked = np.where(hit, on_value, off_value).astype(np.asarray(on_value).dtype)
    return np.asarray(np.moveaxis(marked, -1, int(axis)))


@evaluates("classify")
def classify(probabilities: Array, classes: Any) -> tuple[Any, dict[Any, float]]:
    names = [np.asarray(name).item() for name in classes]
    scores = np.ravel(probabilities).astype(float)
    return names[int(np.argmax(scores))], dict(zip(names, scores.tolist(), strict=True))
