"""Reads an ONNX file, and refuses what cannot be served before any of it is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import checker, external_data_helper, inliner, numpy_helper, shape_inference

from export.errors import ExportError
from export.imported.preprocessing import MOST_PX, Preprocessing

DOMAINS: Final = ("", "ai.onnx", "ai.onnx.ml")
_OPSETS: Final = (11, 24)
_PICTURES: Final = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.UINT8)
_FLOATS: Final = (
    onnx.TensorProto.FLOAT,
    onnx.TensorProto.FLOAT16,
    onnx.TensorProto.DOUBLE,
)


@dataclass(frozen=True)
class Understood:
    """The input and output of a model, and its size.

    Attributes:
        input: Name of the input that takes the picture.
        output: Name of the output with a number for each class.
        layout: `NCHW` or `NHWC`.
        side_px: Side of the input in pixels.
        opset: Version of the operators.
        nodes: Number of nodes.
        parameters: Number of weights.
    """

    input: str
    output: str
    layout: str
    side_px: int
    opset: int
    nodes: int
    parameters: int


def read_model(
    file: Path, preprocessing: Preprocessing, output: str = ""
) -> tuple[onnx.ModelProto, Understood]:
    """Reads a model that takes one picture and gives one row of numbers.

    Args:
        file: A file with all weights: external data is refused.
        preprocessing: Gives the number of channels, and the size where the model leaves it open.
        output: The output to take; may be empty where there is only one.

    Returns:
        The model with its functions inlined, and its input and output.

    Raises:
        ExportError: When it cannot be read or served; the message is one sentence without the file's name.
    """
    model = _loaded(file)
    _check_contained(model)
    model = _inlined(model)
    opset = _checked_opset(model)
    _check_finite(model.graph)
    picture = _picture_input(model.graph)
    _check_pixels(picture, preprocessing)
    layout, side = _layout_of(picture, preprocessing)
    result = _output_of(model.graph, output)
    parameters = sum(int(np.prod(each.dims)) for each in model.graph.initializer)
    nodes = len(model.graph.node)
    return model, Understood(picture.name, result, layout, side, opset, nodes, parameters)


def _loaded(file: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(file, load_external_data=False)
    except OSError as error:
        raise ExportError(f"cannot be read ({error.strerror})") from error
    except DecodeError as error:
        raise ExportError("not an ONNX file") from error
    if not model.graph.node:
        raise ExportError("not an ONNX file: it holds no graph")
    return model


def _check_contained(model: onnx.ModelProto) -> None:
    for tensor in _tensors(model.graph):
        if external_data_helper.uses_external_data(tensor):
            raise ExportError(
                f'"{tensor.name}" lies in another file (external data); write the model as one file'
            )


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    try:
        if model.functions:
            model = inliner.inline_local_functions(model)
        for node in _nodes(model.graph):
            if node.domain not in DOMAINS:
                raise ExportError(f"node {node.op_type} is of the custom domain {node.domain}")
        checker.check_model(model)
    except (checker.ValidationError, shape_inference.InferenceError, RuntimeError) as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError(f"not a valid ONNX model: {str(error).strip().splitlines()[0]}") from error
    return model


def _checked_opset(model: onnx.ModelProto) -> int:
    versions = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    low, high = _OPSETS
    if not versions or not low <= versions[0] <= high:
        found = versions[0] if versions else "none"
        raise ExportError(f"opset {found}; {low} to {high} are read")
    return int(versions[0])


def _check_finite(graph: onnx.GraphProto) -> None:
    for tensor in _tensors(graph):
        # Masks of attention hold −∞ on purpose; NaN is never meant.
        if tensor.data_type in _FLOATS and np.isnan(numpy_helper.to_array(tensor)).any():
            raise ExportError(f'weights "{tensor.name}" are not numbers (NaN)')


def _picture_input(graph: onnx.GraphProto) -> onnx.ValueInfoProto:
    known = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in known]
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        raise ExportError(f"{len(inputs)} inputs ({names}); a picture is the only one that can be given")
    tensor = inputs[0].type.tensor_type
    if tensor.elem_type not in _PICTURES or len(tensor.shape.dim) != 4:
        kind = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
        raise ExportError(
            f'input "{inputs[0].name}" is {kind} with {len(tensor.shape.dim)} axes; '
            "a picture has four of floats"
        )
    return inputs[0]


def _check_pixels(picture: onnx.ValueInfoProto, preprocessing: Preprocessing) -> None:
    """Refuses to change the pixels of a model that takes them as whole numbers: it prepares them itself."""
    takes_pixels = picture.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    if takes_pixels and (any(preprocessing.mean) or set(preprocessing.deviation) != {1.0}):
        raise ExportError(
            f'input "{picture.name}" is uint8: it takes pixels as they are: give --preprocess raw'
        )


def _layout_of(picture: onnx.ValueInfoProto, preprocessing: Preprocessing) -> tuple[str, int]:
    shape = [each.dim_value or None for each in picture.type.tensor_type.shape.dim]
    channels = 1 if preprocessing.color == "grey" else 3
    described = f'input "{picture.name}" of shape ({", ".join(str(each or "?") for each in shape)})'
    if shape[0] not in (None, 1):
        raise ExportError(
            f"{described}: {shape[0]} pictures at a time; write the model for one, or an open number"
        )
    if shape[1] == channels or (shape[1] is None and shape[3] != channels):
        layout, sides = "NCHW", shape[2:]
    elif shape[3] == channels:
        layout, sides = "NHWC", shape[1:3]
    else:
        raise ExportError(
            f"{described}: no axis of {channels} channels (color={preprocessing.color}; "
            "--preprocess color=grey is for one)"
        )
    wanted = preprocessing.size_px
    found = {each for each in (*sides, None if any(sides) else wanted) if each is not None}
    if not found:
        raise ExportError(f"{described}: its size is open; give it, such as --preprocess 'imagenet size=224'")
    side = found.pop()
    if found:
        raise ExportError(f"{described}: not a square")
    if wanted not in (None, side):
        raise ExportError(f"{described}: --preprocess size={wanted} does not fit")
    if side > MOST_PX:
        raise ExportError(f"{described}: more than {MOST_PX} pixels a side")
    return layout, side


def _output_of(graph: onnx.GraphProto, output: str) -> str:
    names = [each.name for each in graph.output]
    if output:
        if output not in names and not any(output in node.output for node in graph.node):
            raise ExportError(f'no output "{output}"; there are {", ".join(names)}, and values inside')
        return output
    if len(names) != 1:
        raise ExportError(f"{len(names)} outputs ({', '.join(names)}); name one with --output")
    return names[0]


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
                yield from _nodes(inner)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
                yield from _tensors(inner)
