"""Scan, for the loop over stored vectors to which distances of scikit-learn are exported."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.ml_vectors import squared_distances
from lienzo_coreml.precision import EXACT_PREFIX
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, is_known, to_core_ml

DISTANCE_BODY = {"Sub", "ReduceSumSquare", "Identity"}


@lowers("Scan", newest=28, limits="squared Euclidean distances to stored vectors only")
def scan(node: Node) -> tuple[Value, ...]:
    body = node.attribute("body")
    ops = [inner.op_type for inner in body.node]
    if set(ops) - DISTANCE_BODY or ops.count("ReduceSumSquare") != 1 or len(node.inputs) != 2:
        raise node.refused("a loop that is not a squared distance to stored vectors")
    if int(node.attribute("num_scan_inputs")) != 1:
        raise node.refused("more than one scanned input")
    state, scanned = node.inputs
    node.refuse_outputs(2, "more than one scanned output")
    if is_known(scanned) and not is_known(state):
        # The loop runs over the stored vectors: the result has one row per stored vector.
        distances = _distances(node, state, scanned)
        return state, mb.transpose(x=distances, perm=[1, 0])
    if is_known(state) and not is_known(scanned):
        return state, _distances(node, scanned, state)
    raise node.refused("distances between two computed sets")


def _distances(node: Node, rows: Value, stored: Value) -> Value:
    vectors = to_core_ml(stored).astype(np.float32)
    return squared_distances(cast(rows, "fp32"), vectors, f"{EXACT_PREFIX}distance_{node.name}")
