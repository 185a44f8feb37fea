"""Scan, for the loop over stored vectors to which distances of scikit-learn are exported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.ml_vectors import squared_distances
from lienzo_coreml.precision import EXACT_PREFIX
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, is_known, to_core_ml

DISTANCE_BODY = {"Sub", "ReduceSumSquare", "Identity"}


def is_distance(proto: onnx.NodeProto, inputs: Sequence[Value]) -> bool:
    """Returns whether a Scan is that loop, with one of the two sets stored and the other computed."""
    if proto.op_type != "Scan" or len(inputs) != 2 or len(proto.output) != 2:
        return False
    body = next(helper.get_attribute_value(each) for each in proto.attribute if each.name == "body")
    ops = [inner.op_type for inner in body.node]
    known = [value is not None and is_known(value) for value in inputs]
    return not set(ops) - DISTANCE_BODY and ops.count("ReduceSumSquare") == 1 and known.count(True) == 1


@lowers(
    "Scan", newest=28, limits="over a known number of rows, or distances of scikit-learn to stored vectors"
)
def scan(node: Node) -> tuple[Value, ...]:
    state, scanned = node.inputs
    if is_known(scanned):
        # The loop runs over the stored vectors: the result has one row per stored vector.
        return state, mb.transpose(x=_distances(node, state, scanned), perm=[1, 0])
    return state, _distances(node, scanned, state)


def _distances(node: Node, rows: Value, stored: Value) -> Value:
    vectors = to_core_ml(stored).astype(np.float32)
    return squared_distances(cast(rows, "fp32"), vectors, f"{EXACT_PREFIX}distance_{node.name}")
