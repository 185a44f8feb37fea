"""Replaces operators without a handler that the ONNX standard defines by simpler ones."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from onnx import defs, helper, inliner, shape_inference

from lienzo_coreml.registry import find_handler

MAX_ROUNDS = 8
EXACT_BY_DEFINITION = {"CastLike"}
"""Operators whose handler knows less than their definition: the exact type of an input, for one."""
Key = tuple[str, str]


def inline_standard_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replaces such operators by their definition, which may hold others; where that fails they stay."""
    failed: set[Key] = set()
    for _ in range(MAX_ROUNDS):
        found = _functions(model.graph) - failed
        if not found:
            break
        typed = _prepared(model, found)
        try:
            model = _inlined(typed, found)
        except RuntimeError:
            for key in sorted(found):
                try:
                    model = _inlined(_prepared(model, {key}), {key})
                except RuntimeError:
                    failed.add(key)
    return model


def _inlined(model: onnx.ModelProto, keys: set[Key]) -> onnx.ModelProto:
    return inliner.inline_selected_functions(model, sorted(keys), inline_schema_functions=True)


def nodes_of(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Yields the nodes of a graph and of the graphs inside it."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from nodes_of(attribute.g)


def _functions(graph: onnx.GraphProto) -> set[Key]:
    return {
        (node.domain, node.op_type)
        for node in nodes_of(graph)
        if find_handler(node.domain, node.op_type) is None or node.op_type in EXACT_BY_DEFINITION
        if _is_standard_function(node)
    }


def _is_standard_function(node: onnx.NodeProto) -> bool:
    try:
        schema = defs.get_schema(node.op_type, node.domain)
    except defs.SchemaError:
        return False
    return bool(schema.has_function or schema.has_context_dependent_function)  # type: ignore[attr-defined]


def _prepared(model: onnx.ModelProto, keys: set[Key]) -> onnx.ModelProto:
    """Infers the types that a definition may depend on, and writes out the attributes that it reads."""
    typed = shape_inference.infer_shapes(model)
    # The inliner asks for the type of an optional input that is left out: it has none.
    if not any(info.name == "" for info in typed.graph.value_info):
        typed.graph.value_info.append(helper.make_value_info("", onnx.TypeProto()))
    for node in nodes_of(typed.graph):
        if (node.domain, node.op_type) in keys:
            _write_defaults(node)
    return typed


def _write_defaults(node: onnx.NodeProto) -> None:
    given = {attribute.name for attribute in node.attribute}
    for name, attribute in defs.get_schema(node.op_type, node.domain).attributes.items():
        if name not in given and attribute.default_value.type != onnx.AttributeProto.UNDEFINED:
            node.attribute.append(attribute.default_value)
