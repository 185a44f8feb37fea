"""Makes `features.onnx` of a model that was trained elsewhere: the graph prepares the picture itself."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from export.imported.preprocessing import Preprocessing
from export.imported.reading import Understood
from lienzo_coreml.endings import ends_in_scores
from vision import ports
from vision.graph import FIT_KEY

_PREFIX: Final = "imported."
_LUMA: Final = (0.299, 0.587, 0.114)


class _Nodes:
    """Collects nodes and constants, with names that the model does not use."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        result = output or f"prepared.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [result], **attributes))
        return result

    def constant(self, value: object, kind: type = np.float32) -> str:
        name = f"prepared.constant.{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name


def folded(
    model: onnx.ModelProto, understood: Understood, preprocessing: Preprocessing
) -> tuple[onnx.ModelProto, bool, bool]:
    """Makes the graph from `image` (uint8, (1, side, side, 3), RGB) to `features` (float32, (1, classes)).

    A softmax at the end is removed, so that the features are scores, which can be calibrated.

    Args:
        model: The model, which is not changed.
        understood: Its input and output.
        preprocessing: How the picture is prepared.

    Returns:
        The graph; whether its features are scores, else they are taken for probabilities; and whether that is
        so because a softmax at its end was left out.
    """
    changed = onnx.ModelProto()
    changed.CopyFrom(compose.add_prefix(model, _PREFIX))
    graph, nodes = changed.graph, _Nodes()
    is_half = _element_type(graph, _PREFIX + understood.input) == TensorProto.FLOAT16
    _prepare(nodes, understood, preprocessing, is_half=is_half)
    nodes.nodes.extend(graph.node)
    output, is_cut = _before_softmax(graph, _PREFIX + understood.output)
    scores = is_cut or ends_in_scores(graph, output)
    floats = nodes.add("Cast", output, to=TensorProto.FLOAT)
    nodes.add("Reshape", floats, nodes.constant([1, -1], np.int64), output=ports.FEATURES)
    _replace(graph, nodes, preprocessing.side_before_crop(understood.side_px))
    del changed.metadata_props[:]
    changed.metadata_props.add(key=FIT_KEY, value=preprocessing.crop)
    changed.doc_string, changed.producer_name = "", "lienzo"
    _drop_unused(changed)
    return changed, scores, is_cut


def _before_softmax(graph: onnx.GraphProto, output: str) -> tuple[str, bool]:
    """Returns the input of a softmax at the end and True; the output itself and False if there is none."""
    makers = {name: node for node in graph.node for name in node.output}
    last = makers.get(output)
    return (last.input[0], True) if last is not None and last.op_type == "Softmax" else (output, False)


def _replace(graph: onnx.GraphProto, nodes: _Nodes, side: int) -> None:
    """Replaces the nodes of a graph; its input is then a picture, and its output the features."""
    constants = {each.name for each in graph.initializer}
    kept = [each for each in graph.input if each.name in constants]
    del graph.node[:], graph.value_info[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes.nodes)
    graph.initializer.extend(nodes.constants)
    image = helper.make_tensor_value_info(ports.IMAGE, TensorProto.UINT8, [1, side, side, 3])
    graph.input.extend([image, *kept])
    graph.output.append(helper.make_tensor_value_info(ports.FEATURES, TensorProto.FLOAT, [1, None]))


def _prepare(nodes: _Nodes, understood: Understood, wanted: Preprocessing, *, is_half: bool) -> None:
    """Adds cast, order of axes, crop, order of channels, and mean and deviation."""
    value = nodes.add("Cast", ports.IMAGE, to=TensorProto.FLOAT)
    value = nodes.add("Transpose", value, perm=[0, 3, 1, 2])
    before = wanted.side_before_crop(understood.side_px)
    if before > understood.side_px:
        first = (before - understood.side_px) // 2
        limits = ([first, first], [first + understood.side_px] * 2, [2, 3])
        value = nodes.add("Slice", value, *(nodes.constant(each, np.int64) for each in limits))
    if wanted.color == "bgr":
        value = nodes.add("Gather", value, nodes.constant([2, 1, 0], np.int64), axis=1)
    if wanted.color == "grey":
        weights = np.array(_LUMA, np.float32).reshape(1, 3, 1, 1)
        value = nodes.add("Conv", value, nodes.constant(weights))
    mean, deviation = (np.array(each).reshape(1, -1, 1, 1) for each in (wanted.mean, wanted.deviation))
    value = nodes.add("Mul", value, nodes.constant(1 / deviation))
    value = nodes.add("Add", value, nodes.constant(-mean / deviation))
    if understood.layout == "NHWC":
        value = nodes.add("Transpose", value, perm=[0, 2, 3, 1])
    kind = TensorProto.FLOAT16 if is_half else TensorProto.FLOAT
    nodes.add("Cast", value, to=kind, output=_PREFIX + understood.input)


def _element_type(graph: onnx.GraphProto, name: str) -> int:
    return next(int(each.type.tensor_type.elem_type) for each in graph.input if each.name == name)


def _drop_unused(model: onnx.ModelProto) -> None:
    """Drops nodes and weights that the features do not need, such as a softmax that was cut off."""
    graph, wanted = model.graph, {ports.FEATURES}
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.insert(0, node)
            wanted |= set(node.input) | set(_outer_names(node))
    weights = [each for each in graph.initializer if each.name in wanted]
    inputs = [each for each in graph.input if each.name == ports.IMAGE or each.name in wanted]
    del graph.node[:], graph.initializer[:], graph.input[:]
    graph.node.extend(kept)
    graph.initializer.extend(weights)
    graph.input.extend(each for each in inputs if each.name not in {one.name for one in weights})
    used = {node.domain or "" for node in kept} | {""}
    versions = [each for each in model.opset_import if (each.domain or "") in used | {"ai.onnx"}]
    entries = [helper.make_opsetid(each.domain, each.version) for each in versions]
    del model.opset_import[:]
    model.opset_import.extend(entries)


def _outer_names(node: onnx.NodeProto) -> list[str]:
    """Lists names that the graphs inside a node read; those of their own do no harm."""
    names: list[str] = []
    for attribute in node.attribute:
        for inner in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
            for each in inner.node:
                names += [*each.input, *_outer_names(each)]
            names += [each.name for each in inner.output]
    return names
