"""Lowers an ONNX graph to an ML Program: constants are folded, other nodes go to their handlers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import onnx
from onnx import numpy_helper, shape_inference

from lienzo_coreml.control import CONTROL
from lienzo_coreml.errors import CoreMLError, UnsupportedOp
from lienzo_coreml.folding import fold
from lienzo_coreml.mil import types
from lienzo_coreml.node import Node
from lienzo_coreml.ops.scanning import is_distance
from lienzo_coreml.registry import definition_version, find_handler
from lienzo_coreml.sizes import MOST_NUMBERS
from lienzo_coreml.values import Array, Value, is_known, is_static, shape_of

LARGE = 4096
"""Bytes of a weight that cannot be a shape, which inference may need."""


def needed_nodes(graph: onnx.GraphProto, outputs: Iterable[str]) -> tuple[list[onnx.NodeProto], set[str]]:
    """Finds the nodes that some outputs depend on, in order, and every name that those nodes read."""
    wanted = set(outputs)
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if any(name in wanted for name in node.output):
            kept.append(node)
            wanted.update(filter(None, node.input))
            wanted.update(_captured(node))
    return kept[::-1], wanted


def _captured(node: onnx.NodeProto) -> Iterable[str]:
    """Yields the names that the subgraphs of a node may read from the enclosing graph."""
    for attribute in node.attribute:
        for inner in attribute.g.node if attribute.HasField("g") else ():
            yield from filter(None, inner.input)
            yield from _captured(inner)
        if attribute.HasField("g"):
            yield from (output.name for output in attribute.g.output)


def element_types(model: onnx.ModelProto) -> dict[str, int]:
    """Infers the element types of the values of a graph, by name; of those inside its subgraphs none."""
    slim = onnx.ModelProto()
    slim.CopyFrom(model)
    for initializer in slim.graph.initializer:
        if len(initializer.raw_data) > LARGE:  # a type does not hang on numbers
            initializer.ClearField("raw_data")
    typed = shape_inference.infer_shapes(slim).graph
    return {info.name: info.type.tensor_type.elem_type for info in (*typed.input, *typed.value_info)}


class Lowering:
    """Converts nodes to operations of the ML Program that is being built."""

    def __init__(
        self, model: onnx.ModelProto, opsets: Mapping[str, int], target: str, constants: Mapping[str, Array]
    ) -> None:
        self._opsets = dict(opsets)
        self._target = target
        self._kinds = element_types(model)
        self.constants = constants
        self.origins: dict[Value, str] = {}
        self.values: dict[str, Value] = dict(constants)

    def run(self, graph: onnx.GraphProto, outputs: Sequence[str]) -> list[Value]:
        """Converts the nodes that the named outputs of a graph depend on.

        Raises:
            UnsupportedOp: For the first node that cannot be converted.
        """
        nodes, wanted = needed_nodes(graph, outputs)
        for initializer in graph.initializer:
            if initializer.name in wanted and initializer.name not in self.constants:
                self.values[initializer.name] = numpy_helper.to_array(initializer)
        for node in nodes:
            results = self._lower(node, wanted)
            self.values.update(
                (name, value) for name, value in zip(node.output, results, strict=False) if name
            )
        return [self.values[name] for name in outputs]

    def _lower(self, proto: onnx.NodeProto, wanted: set[str]) -> Sequence[Value | None]:
        inputs = [self.values[name] if name else None for name in proto.input]
        if proto.op_type in CONTROL and not proto.domain and not is_distance(proto, inputs):
            return CONTROL[proto.op_type](self, proto, inputs)
        arrays: list[Array | None] = [value for value in inputs if value is None or is_known(value)]
        if len(arrays) == len(inputs) and not any(attribute.HasField("g") for attribute in proto.attribute):
            folded = _folded(proto, arrays, self._opsets)
            if folded is not None:
                return folded
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        needed = [name in wanted for name in proto.output]
        node = Node(proto, self._opsets.get(domain, 1), inputs, needed, self._target, self._kinds)
        results = _handle(node, domain)
        for value in results:
            if value is not None and not is_known(value):
                self.origins.setdefault(value, f"{node.op} (node {node.name})")
        results = tuple(map(_without_emptiness, results))
        if len(arrays) == len(inputs):  # what a handler makes of constants is one
            return [_as_constant(value) for value in results]
        return results


def _without_emptiness(value: Value | None) -> Value | None:
    """An empty value, which Core ML does not have, is a constant until something is joined to it."""
    if value is None or is_known(value) or 0 not in value.shape or not is_static(value.shape):
        return value
    return np.zeros(shape_of(value), types.nptype_from_builtin(value.dtype))


def _as_constant(value: Value | None) -> Value | None:
    known = getattr(value, "val", None)
    return value if known is None else np.asarray(known)


def _folded(
    proto: onnx.NodeProto, arrays: Sequence[Array | None], opsets: Mapping[str, int]
) -> Sequence[Array | None] | None:
    try:
        return fold(proto, arrays, opsets)
    except UnsupportedOp:
        # The reference implementation lacks older versions of some operators, such as DequantizeLinear.
        if find_handler("" if proto.domain == "ai.onnx" else proto.domain, proto.op_type) is None:
            raise
        return None


def _handle(node: Node, domain: str) -> Sequence[Value | None]:
    op = node.proto.op_type
    handler = find_handler(domain, op)
    if handler is None:
        raise node.refused("this operator is not supported")
    version = definition_version(domain, op, node.opset)
    if version is not None and version > handler.newest:
        raise node.refused(
            f"its definition of opset {version} is newer than the one supported ({handler.newest})"
        )
    try:
        results = handler.lower(node)
    except CoreMLError:
        raise
    # coremltools' builder has no exceptions of its own; it raises any of these for what it cannot express.
    except (ValueError, TypeError, KeyError, IndexError, NotImplementedError, AttributeError) as error:
        raise node.refused(
            f"Core ML cannot express it: {str(error).splitlines()[0] if str(error) else error!r}"
        ) from error
    made = results if isinstance(results, tuple) else (results,)
    for value in made:
        _check_size(node, value)
    return made


def _check_size(node: Node, value: Value | None) -> None:
    """Raises UnsupportedOp for a value that fits no phone, and whose constants fit no memory here."""
    shape = () if value is None else shape_of(value)
    numbers = math.prod(size for size in shape if is_static([size]))
    if numbers > MOST_NUMBERS:
        raise node.refused(f"a result of {numbers} numbers or more, and {MOST_NUMBERS} are the most")
