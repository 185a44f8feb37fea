"""Inputs on which a package is compared with the model that it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lienzo_coreml.conversion import Options
from lienzo_coreml.interface import FLOATS, core_ml_name
from lienzo_coreml.interpreter.model import CoreMLModel
from lienzo_coreml.pictures import prepared
from lienzo_coreml.values import Array

RANDOM, ZERO, BOUNDARY, MISSING, INFINITE = "random", "zero", "boundary", "missing", "infinite"
ABNORMAL = (MISSING, INFINITE)
ROWS = (1, 3)
SIDES = (32, 48)
"""Sizes of open axes: of rows, and of the height and width of pictures, which small ones may not pass."""
USUAL_EDGES = (-255.0, -1.0, -0.0, 0.5, 1.0, 255.0)
THRESHOLDS = ("nodes_values", "nodes_values_as_tensor", "nodes_splits")
MOST_THRESHOLDS = 1000


@dataclass(frozen=True)
class Question:
    """One set of inputs.

    Attributes:
        kind: What they are: `random`, `zero`, `boundary`, `missing` (some NaN) or `infinite`.
        rows: Size of the axes that the model leaves open, or 0 where it leaves none.
        tensors: Inputs of the ONNX model.
        features: The same for the package.
    """

    kind: str
    rows: int
    tensors: Mapping[str, Array]
    features: Mapping[str, Array]


def questions(model: onnx.ModelProto, program: CoreMLModel, options: Options) -> Iterator[Question]:
    """Yields inputs of every kind that applies, at two sizes where the model leaves one open."""
    infos = [info for info in model.graph.input if core_ml_name(info.name) in program.inputs]
    kinds: tuple[str, ...] = (RANDOM, ZERO, BOUNDARY)
    if any(_is_float(info) and core_ml_name(info.name) not in program.images for info in infos):
        kinds += ABNORMAL
    edges = _edges(model)
    # Dividing whole numbers by zero ends the process of some run times.
    least = int(any(node.op_type in ("Div", "Mod") for node in model.graph.node))
    still = not any(None in program.program.inputs[core_ml_name(info.name)][1] for info in infos)
    for turn, rows in enumerate(ROWS[:1] if still else ROWS):
        for kind in kinds:
            random = np.random.default_rng(turn)
            tensors, features = {}, {}
            for info in infos:
                name = core_ml_name(info.name)
                if name in program.images:
                    features[name] = _picture(random, kind, program.images[name])
                    tensors[info.name] = _prepared(features[name], info, options)
                else:
                    shape = _shape(info, program.program.inputs[name][1], turn, options.max_rows)
                    tensors[info.name] = _values(random, kind, info, shape, edges, least)
                    features[name] = tensors[info.name] if shape else tensors[info.name].reshape(1)
            yield Question(kind, 0 if still else rows, tensors, features)


def _is_float(info: onnx.ValueInfoProto) -> bool:
    return info.type.tensor_type.elem_type in {*FLOATS, onnx.TensorProto.FLOAT16}


def _shape(
    info: onnx.ValueInfoProto, sizes: tuple[int | None, ...], turn: int, max_rows: int
) -> tuple[int, ...]:
    rank = len(info.type.tensor_type.shape.dim)
    opened = [SIDES[turn] if rank >= 4 and axis >= 2 else ROWS[turn] for axis in range(rank)]
    return tuple(
        min(wide, max_rows) if size is None else size for wide, size in zip(opened, sizes[:rank], strict=True)
    )


def _edges(model: onnx.ModelProto) -> Array:
    """Collects the thresholds of the model's trees, besides numbers that are edges anywhere."""
    found: list[float] = list(USUAL_EDGES)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name in THRESHOLDS:
                value = helper.get_attribute_value(attribute)
                numbers = numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value
                found += np.unique(np.asarray(numbers, np.float64)).tolist()[:MOST_THRESHOLDS]
    return np.array(found)


def _values(
    random: np.random.Generator,
    kind: str,
    info: onnx.ValueInfoProto,
    shape: tuple[int, ...],
    edges: Array,
    least: int,
) -> Array:
    dtype = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
    if not _is_float(info):
        # Small numbers: they may be indices.
        high = least + {ZERO: 1, BOUNDARY: 2}.get(kind, 4)
        return random.integers(least, high, shape).astype(dtype)
    if kind == ZERO:
        return np.zeros(shape, dtype)
    if kind == BOUNDARY:
        return random.choice(edges, shape).astype(dtype)
    values = np.asarray(random.normal(size=shape))
    # Every fourth is missing, or infinite with either sign; one at least.
    marked = np.asarray(random.random(shape) < 0.25)
    marked.reshape(-1)[:1] = True
    if kind == MISSING:
        values = np.where(marked, np.nan, values)
    if kind == INFINITE:
        values = np.where(marked, np.where(values < 0, -np.inf, np.inf), values)
    return values.astype(dtype)


def _picture(random: np.random.Generator, kind: str, image: Any) -> Array:
    shape = (image.height, image.width, 3)
    if kind == ZERO:
        return np.zeros(shape, np.uint8)
    if kind == BOUNDARY:
        return np.full(shape, 255, np.uint8)
    return random.integers(0, 256, shape).astype(np.uint8)


def _prepared(pixels: Array, info: onnx.ValueInfoProto, options: Options) -> Array:
    image = options.image_input
    assert image is not None  # the package has a picture because the options name one
    channels = image.channels
    dims = [int(dim.dim_value) for dim in info.type.tensor_type.shape.dim]
    planes = (channels, *pixels.shape[:2]) if dims[-3] == channels else (*pixels.shape[:2], channels)
    tensor = prepared(pixels, image, planes if len(dims) == 3 else (1, *planes))
    return tensor.astype(helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type))
