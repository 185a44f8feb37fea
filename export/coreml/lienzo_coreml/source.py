"""Reads an ONNX model and prepares it for conversion: checked, and with functions inlined."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import checker, external_data_helper, inliner

from lienzo_coreml.errors import InvalidOnnx, UnsupportedModel, UnsupportedOpset
from lienzo_coreml.functions import inline_standard_functions
from lienzo_coreml.registry import OPSETS
from lienzo_coreml.sizes import with_named_sizes

DEFAULT_DOMAINS = {"ai.onnx": ""}


def read_onnx(source: onnx.ModelProto | Path | str) -> onnx.ModelProto:
    """Reads and checks a model, and inlines its functions.

    Operators without a handler are inlined too, if the ONNX standard defines them as a function of simpler
    ones. A size that is open and without a name gets one of input and axis, such as `input_0`.

    Args:
        source: The model, or its file, with external data beside it.

    Returns:
        A model with all weights in its graph.

    Raises:
        InvalidOnnx: When the file is missing, is not an ONNX model, breaks a rule of the standard, or names
            external data that is missing or outside its folder.
        UnsupportedModel: When an input has a dynamic rank.
        UnsupportedOpset: When its opset is older or newer than those that are converted.
    """
    if isinstance(source, onnx.ModelProto):
        name, model = source.graph.name or "model", with_named_sizes(source)
    else:
        name, model = str(source), with_named_sizes(_load(Path(source)))
    _check_opsets(model)
    for info in model.graph.input:
        tensor = info.type.tensor_type
        if info.type.HasField("tensor_type") and not tensor.HasField("shape"):
            raise UnsupportedModel(
                f'input "{info.name}" has a dynamic rank; Core ML needs to know the number of axes'
            )
    try:
        checker.check_model(model)
    except (checker.ValidationError, onnx.onnx_cpp2py_export.shape_inference.InferenceError) as error:
        raise InvalidOnnx(name, f"not a valid ONNX model: {str(error).splitlines()[0]}") from error
    if model.functions:
        model = inliner.inline_local_functions(model)
    return inline_standard_functions(model)


def _load(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(path, load_external_data=False)
    except OSError as error:
        raise InvalidOnnx(path, f"cannot be read ({error.strerror})") from error
    except DecodeError as error:
        raise InvalidOnnx(path, "not an ONNX file") from error
    if not model.graph.node and not model.opset_import:
        raise InvalidOnnx(path, "not an ONNX file: it holds no graph")
    for tensor in _external_tensors(model):
        _check_external(path, tensor)
    external_data_helper.load_external_data_for_model(model, str(path.parent))
    return model


def _external_tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Yields the tensors whose numbers lie in another file, those of branches, loops and functions too."""
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    tensors = [*model.graph.initializer]
    while nodes:
        for attribute in nodes.pop().attribute:
            tensors += [*([attribute.t] if attribute.HasField("t") else ()), *attribute.tensors]
            for graph in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
                nodes += graph.node
                tensors += graph.initializer
    yield from filter(external_data_helper.uses_external_data, tensors)


def _check_external(path: Path, tensor: onnx.TensorProto) -> None:
    fields = {entry.key: entry.value for entry in tensor.external_data}
    folder = path.parent.resolve()
    location = fields.get("location", "")
    file = (folder / location).resolve()
    if not location or not file.is_relative_to(folder):
        raise InvalidOnnx(path, f'external data of "{tensor.name}" lies outside its folder: {location}')
    if not file.is_file():
        raise InvalidOnnx(path, f'external data of "{tensor.name}" is missing: {location}')
    sizes = [fields.get(key, "0") for key in ("offset", "length")]
    if not all(size.isascii() and size.isdecimal() for size in sizes):
        raise InvalidOnnx(
            path, f'external data of "{tensor.name}" has no valid offset and length: {", ".join(sizes)}'
        )
    end = sum(map(int, sizes))
    if file.stat().st_size < end:
        raise InvalidOnnx(
            path, f'external data of "{tensor.name}" is truncated: {location} ends before {end}'
        )


def _check_opsets(model: onnx.ModelProto) -> None:
    for entry in model.opset_import:
        domain = DEFAULT_DOMAINS.get(entry.domain, entry.domain)
        lowest, highest = OPSETS.get(domain, (None, None))
        if lowest is not None and highest is not None and not lowest <= entry.version <= highest:
            raise UnsupportedOpset(domain, entry.version, lowest, highest)
