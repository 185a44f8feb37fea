"""How a model ends: in probabilities or in scores (logits), in a tensor or in dictionaries of it (ZipMap)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import onnx
from onnx import helper

from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.names import PROBABILITIES

Softmax = Literal["auto", "yes", "no"]
SCORES = {"Gemm", "MatMul", "Conv", "LogSoftmax", "BatchNormalization", "QLinearConv", "QLinearMatMul"}
KEPT = {
    *("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Dropout", "Transpose"),
    *("Add", "Sub", "Mul", "Div", "ReduceMean", "GlobalAveragePool", "AveragePool"),
    *("QuantizeLinear", "DequantizeLinear"),
}
"""Operators that leave scores scores; what else a model ends in is taken for probabilities."""


def with_softmax(
    model: onnx.ModelProto, outputs: Sequence[str] | None, mode: Softmax, *, labelled: bool
) -> tuple[onnx.ModelProto, Sequence[str] | None, bool]:
    """Appends a softmax over the last axis of a model's scores.

    Args:
        model: The model; it is not changed.
        outputs: The outputs to keep, of which the last has the scores; None for all.
        mode: `auto` appends it where a classifier is made of a model that ends in scores.
        labelled: Whether a classifier is made.

    Returns:
        The model, the outputs to keep, and whether a softmax was appended.

    Raises:
        UnsupportedModel: With `yes`, when several outputs may be the scores.
    """
    names = [output.name for output in model.graph.output]
    chosen = list(outputs or ([PROBABILITIES] if PROBABILITIES in names else names))
    if mode == "no" or (mode == "auto" and (not labelled or len(chosen) != 1 or chosen[0] not in names)):
        return model, outputs, False
    if chosen[-1] not in names:
        raise UnsupportedModel(f'no output "{chosen[-1]}"; there are {", ".join(names)}')
    if outputs is None and len(chosen) > 1:
        raise UnsupportedModel(f"which of {', '.join(chosen)} are the scores? Name it with --outputs")
    if mode == "auto" and not ends_in_scores(model.graph, chosen[-1]):
        return model, outputs, False
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    name = PROBABILITIES if PROBABILITIES not in _all_names(model.graph) else f"{chosen[-1]}_softmax"
    changed.graph.node.append(helper.make_node("Softmax", [chosen[-1]], [name], axis=-1))
    output = changed.graph.output[names.index(chosen[-1])]
    output.name = name
    return changed, None if outputs is None else [*chosen[:-1], name], True


def _all_names(graph: onnx.GraphProto) -> set[str]:
    return {name for node in graph.node for name in (*node.input, *node.output)}


def ends_in_scores(graph: onnx.GraphProto, output: str) -> bool:
    """Tells whether an output has scores; else it is taken for probabilities."""
    makers = {name: node for node in graph.node for name in node.output}
    found = _kinds(makers, output)
    return bool(found) and found <= SCORES


def _kinds(makers: Mapping[str, onnx.NodeProto], output: str) -> set[str]:
    """Collects the operators that a value comes from, past those that leave scores scores."""
    kinds: set[str] = set()
    seen: set[str] = set()
    waiting = [output]
    while waiting:
        name = waiting.pop()
        node = makers.get(name)
        if name in seen or node is None:
            continue
        seen.add(name)
        if node.op_type in KEPT:
            waiting += node.input
        elif node.op_type not in ("Constant", "Shape"):
            kinds.add(node.op_type)
    return kinds


def without_maps(model: onnx.ModelProto, outputs: Sequence[str]) -> tuple[onnx.ModelProto, list[str]]:
    """Finds the tensors behind outputs that are dictionaries, as ZipMap makes them of a classifier's scores.

    Core ML gives the tensor, or makes a dictionary of its own. The columns are in the order of the tensor;
    run times sort a dictionary by its labels.

    Returns:
        A model that has these tensors as outputs too, and the name of the tensor for each of `outputs`.
    """
    tensors = {
        node.output[0]: node.input[0]
        for node in model.graph.node
        if (node.domain, node.op_type) == ("ai.onnx.ml", "ZipMap") and node.output[0] in outputs
    }
    if not tensors:
        return model, list(outputs)
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    there = {output.name for output in model.graph.output}
    for name in dict.fromkeys(tensors.values()):
        if name not in there:
            changed.graph.output.append(onnx.ValueInfoProto(name=name))
    return changed, [tensors.get(name, name) for name in outputs]
