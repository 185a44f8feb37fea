"""Constant folding: computes nodes with constant inputs during conversion, so that the phone need not."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from lienzo_coreml.errors import UnsupportedModel, UnsupportedOp
from lienzo_coreml.formats import Array, is_narrow
from lienzo_coreml.sizes import MOST_NUMBERS

RANDOM_OPS = {
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
}
KEPT_ARRAYS = "biufO"


def fold(
    node: onnx.NodeProto, inputs: Sequence[Array | None], opsets: Mapping[str, int]
) -> tuple[Array | None, ...] | None:
    """Runs one node on constant inputs with the reference implementation of the ONNX standard.

    Returns:
        The outputs, or None when the node must not be folded: random numbers, or results that are not plain
        arrays.

    Raises:
        UnsupportedOp: When the reference implementation refuses the node.
        UnsupportedModel: When its result would not fit into memory.
    """
    if node.op_type in RANDOM_OPS:
        return None
    if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
        return (numpy_helper.to_array(node.attribute[0].t),)
    if node.op_type == "ConstantOfShape" and inputs[0] is not None:
        _check_size(node, math.prod(inputs[0].ravel().tolist()))
    names = [name for name in node.input if name]
    graph = helper.make_graph(
        [node],
        "fold",
        [helper.make_value_info(name, onnx.TypeProto()) for name in dict.fromkeys(names)],
        [helper.make_value_info(name, onnx.TypeProto()) for name in node.output if name],
    )
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
    feeds = {name: value for name, value in zip(node.input, inputs, strict=True) if name}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            results = ReferenceEvaluator(helper.make_model(graph, opset_imports=imports)).run(None, feeds)
    except Exception as error:  # The reference implementation raises exceptions of any class.
        raise UnsupportedOp(
            node.op_type, node.name or node.output[0], f"cannot be computed: {error}"
        ) from error
    values = iter(np.asarray(result) for result in results)
    folded = tuple(next(values) if name else None for name in node.output)
    dtypes = [value.dtype for value in folded if value is not None]
    if any(dtype.kind not in KEPT_ARRAYS and not is_narrow(dtype) for dtype in dtypes):
        return None
    return folded


def _check_size(node: onnx.NodeProto, numbers: int) -> None:
    if numbers > MOST_NUMBERS:
        raise UnsupportedModel(
            f"{node.op_type} (node {node.name or node.output[0]}): "
            f"a result of {numbers} numbers, and {MOST_NUMBERS} are the most"
        )
