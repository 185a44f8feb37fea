"""Sizes that the inputs of a model leave open, which have a name or get one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx  # takes a while, and the flags are listed without it

MOST_NUMBERS = 2**28
"""Most numbers of one value: 1 GiB in float32."""


def open_sizes(model: onnx.ModelProto) -> list[str]:
    """Lists the names of the sizes that the inputs leave open."""
    sizes = [size for info in model.graph.input for size in info.type.tensor_type.shape.dim]
    return list(dict.fromkeys(size.dim_param for size in sizes if size.dim_param))


def with_named_sizes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Names the sizes that are open without a name, after input and axis, so that they can be fixed.

    Returns:
        A copy, or the model itself where each has a name.
    """
    if next(_nameless_sizes(model), None) is None:
        return model
    named = copy.deepcopy(model)
    taken = set(open_sizes(model))
    for name, size in _nameless_sizes(named):
        while name in taken:
            name += "_"
        taken.add(name)
        size.dim_param = name
    return named


def _nameless_sizes(model: onnx.ModelProto) -> Iterator[tuple[str, onnx.TensorShapeProto.Dimension]]:
    constants = {initializer.name for initializer in model.graph.initializer}
    for info in model.graph.input:
        for axis, size in enumerate(info.type.tensor_type.shape.dim):
            known = size.dim_param or (size.HasField("dim_value") and size.dim_value >= 0)
            if info.name not in constants and not known:
                yield f"{info.name}_{axis}", size
