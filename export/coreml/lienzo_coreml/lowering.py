"""Lowers an ONNX graph to an ML Program: constants are folded, other nodes go to their handlers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lienzo_coreml.errors import CoreMLError, UnsupportedOp
from lienzo_coreml.folding import fold
from lienzo_coreml.node import Node
from lienzo_coreml.registry import definition_version, find_handler
from lienzo_coreml.values import Array, Value, is_known

MAX_RANK = 5


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


class Lowering:
    """Converts nodes to operations of the ML Program that is being built."""

    def __init__(self, opsets: Mapping[str, int], target: str) -> None:
        self._opsets = dict(opsets)
        self._target = target
        self.values: dict[str, Value] = {}

    def run(self, graph: onnx.GraphProto, outputs: Sequence[str]) -> list[Value]:
        """Converts the nodes that the named outputs of a graph depend on.

        Raises:
            UnsupportedOp: For the first node that cannot be converted.
        """
        nodes, wanted = needed_nodes(graph, outputs)
        for initializer in graph.initializer:
            if initializer.name in wanted and initializer.name not in self.values:
                self.values[initializer.name] = numpy_helper.to_array(initializer)
        for node in nodes:
            results = self._lower(node, wanted)
            self.values.update(
                (name, value) for name, value in zip(node.output, results, strict=False) if name
            )
        return [self.values[name] for name in outputs]

    def _lower(self, proto: onnx.NodeProto, wanted: set[str]) -> Sequence[Value | None]:
        inputs = [self.values[name] if name else None for name in proto.input]
        if proto.op_type == "If" and not proto.domain:
            return self._branch(proto, inputs[0])
        arrays: list[Array | None] = [value for value in inputs if value is None or is_known(value)]
        if len(arrays) == len(inputs) and not any(attribute.HasField("g") for attribute in proto.attribute):
            folded = _folded(proto, arrays, self._opsets)
            if folded is not None:
                return folded
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        needed = [name in wanted for name in proto.output]
        node = Node(proto, self._opsets.get(domain, 1), inputs, needed, self._target)
        results = _handle(node, domain)
        for value in results:
            if value is not None and len(value.shape) > MAX_RANK:
                raise node.refused(
                    f"a result has {len(value.shape)} axes, and Core ML has at most {MAX_RANK}"
                )
            if value is not None and 0 in value.shape:
                raise node.refused("a result is empty, and Core ML has no empty tensors")
        if len(arrays) == len(inputs):  # what a handler makes of constants is one
            return [_as_constant(value) for value in results]
        return results

    def _branch(self, proto: onnx.NodeProto, condition: Value) -> Sequence[Value]:
        if not is_known(condition):
            raise UnsupportedOp("If", proto.name, "its condition is computed by the model")
        name = "then_branch" if bool(np.ravel(condition)[0]) else "else_branch"
        branch = next(helper.get_attribute_value(a) for a in proto.attribute if a.name == name)
        return self.run(branch, [output.name for output in branch.output])


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
    return results if isinstance(results, tuple) else (results,)
