"""Converts an ONNX model to an ML Program: the converter's entry point."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import onnx

from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.interface import ImageInput, Port, core_ml_name, distinct_names, make_port, to_output
from lienzo_coreml.lowering import Lowering, needed_nodes
from lienzo_coreml.metadata import Metadata, describe
from lienzo_coreml.mil import Function, Program, quiet, settled_garbage
from lienzo_coreml.mil import coremltools as ct
from lienzo_coreml.names import LABEL, PROBABILITIES
from lienzo_coreml.passes import fold_axes, pass_pipeline
from lienzo_coreml.precision import compressed, compute_precision
from lienzo_coreml.sizes import open_sizes
from lienzo_coreml.source import DEFAULT_DOMAINS, read_onnx
from lienzo_coreml.values import Array, is_float, shape_of

TARGETS = ("iOS15", "iOS16", "iOS17", "iOS18")


@dataclass(frozen=True)
class Options:
    """Options of a conversion.

    Attributes:
        labels: Names of the classes in the order of the probabilities; makes the model a classifier.
        image_input: The input that is a picture, or None.
        precision: `fp32`, or `fp16`, which halves the file and the accuracy.
        quantize: `int8` or `palette8` weights for linear layers and convolutions, or None.
        minimum_target: Oldest system that must run the model.
        metadata: Author, licence, descriptions.
        max_rows: Upper bound of every dynamic size of the ONNX model; Core ML requires one.
        dimensions: Sizes for named dynamic dimensions, such as `{"batch": 1}`.
        constants: Values of inputs that become constants of the model.
        outputs: The outputs to keep; None for all (for a classifier: its probabilities).
        wide: Names of values that stay in fp32 when the rest becomes fp16; see `compute_precision`.
    """

    labels: Sequence[str] | None = None
    image_input: ImageInput | None = None
    precision: Literal["fp32", "fp16"] = "fp32"
    quantize: Literal["int8", "palette8"] | None = None
    minimum_target: str = "iOS16"
    metadata: Metadata = field(default_factory=Metadata)
    max_rows: int = 2000
    dimensions: Mapping[str, int] = field(default_factory=dict)
    constants: Mapping[str, Array] = field(default_factory=dict)
    outputs: Sequence[str] | None = None
    wide: Collection[str] = ()


def convert(model: onnx.ModelProto | Path | str, options: Options | None = None, **changes: Any) -> Any:
    """Converts an ONNX model to a Core ML ML Program.

    Dynamic sizes of the ONNX model may be 1 to `max_rows` at run time. At the interface integers and booleans
    are int32, double becomes float32, and a scalar becomes a vector of one element.

    Args:
        model: The model or its file.
        options: See `Options`.
        **changes: Fields of `Options` by name; they override `options`.

    Returns:
        A `coremltools.models.MLModel`; `save_package` writes it.

    Raises:
        CoreMLError: When the model cannot be read or converted.
    """
    chosen = Options(**{**(vars(options) if options else {}), **changes})
    if chosen.minimum_target not in TARGETS:
        raise UnsupportedModel(f"no target {chosen.minimum_target}: choose from {', '.join(TARGETS)}")
    if chosen.quantize and chosen.minimum_target == "iOS15":
        raise UnsupportedModel("compressed weights need iOS16 or newer")
    _check_distinct(chosen.labels or ())
    source = read_onnx(model)
    with quiet(), settled_garbage():
        program, ports, probabilities = _build(source, chosen)
        converted = _serialise(program, ports, probabilities, chosen)
        if chosen.quantize:
            converted = compressed(converted, chosen.quantize)
    return describe(converted, chosen.metadata)


def _build(model: onnx.ModelProto, options: Options) -> tuple[Any, list[Port], str | None]:
    outputs = chosen_outputs(model.graph, options)
    ports = _ports(model.graph, outputs, options)
    target = getattr(ct.target, options.minimum_target)
    opsets = {DEFAULT_DOMAINS.get(o.domain, o.domain): o.version for o in model.opset_import}
    placeholders = {port.name: port.make_placeholder(options.minimum_target) for port in ports}
    function = Function(placeholders, opset_version=target)
    with function:
        lowering = Lowering(model, opsets, options.minimum_target, options.constants)
        lowering.values.update((port.source, port.value(function.inputs[port.name])) for port in ports)
        results = lowering.run(model.graph, outputs)
        function.set_outputs(
            [
                to_output(value, name)
                for value, name in zip(results, _result_names(outputs, ports, options), strict=True)
            ]
        )
    fold_axes(function, lowering.origins)
    probabilities = (
        _check_labels(function.outputs[-1], options, model) if options.labels is not None else None
    )
    program = Program()
    program.add_function("main", function)
    return program, ports, probabilities


def chosen_outputs(graph: onnx.GraphProto, options: Options) -> list[str]:
    """Lists the outputs that are kept; a classifier's probabilities are the last.

    Raises:
        UnsupportedModel: When an output is unknown, or it is open which one has the probabilities.
    """
    names = [output.name for output in graph.output]
    unknown = [name for name in options.outputs or () if name not in names]
    if unknown:
        raise UnsupportedModel(f'no output "{unknown[0]}"; there are {", ".join(names)}')
    if options.outputs is not None:
        return list(options.outputs)
    if options.labels is None:
        return names
    if PROBABILITIES in names:
        return [PROBABILITIES]
    if len(names) > 1:
        raise UnsupportedModel(f"which of {', '.join(names)} are the probabilities?")
    return names


def _result_names(outputs: Sequence[str], ports: Sequence[Port], options: Options) -> list[str]:
    """Names the results; a classifier's tensor yields the name `probabilities` to the dictionary for apps."""
    taken = {port.name: port.source for port in ports}
    if options.labels is None:
        distinct_names(outputs, taken)
        return list(outputs)
    others = distinct_names(outputs[:-1], taken)
    for name in (LABEL, PROBABILITIES):
        if name in others:
            raise UnsupportedModel(f'"{others[name]}" is the name that a classifier gives its own "{name}"')
    return [*outputs[:-1], f"{PROBABILITIES}_tensor"]


def _ports(graph: onnx.GraphProto, outputs: Sequence[str], options: Options) -> list[Port]:
    _, wanted = needed_nodes(graph, outputs)
    known = {initializer.name for initializer in graph.initializer} | set(options.constants)
    inputs = [info for info in graph.input if info.name in wanted and info.name not in known]
    image = options.image_input
    if image is not None and image.name not in {info.name for info in inputs}:
        raise UnsupportedModel(f'no input "{image.name}" that the outputs depend on')
    distinct_names([info.name for info in inputs])
    if not inputs:
        raise UnsupportedModel("no output depends on any input: nothing is left for Core ML to run")
    return [
        make_port(
            info, image if image and image.name == info.name else None, options.dimensions, options.max_rows
        )
        for info in inputs
    ]


def _check_distinct(labels: Sequence[str]) -> None:
    for number, label in enumerate(labels):
        if not label.strip():
            raise UnsupportedModel(f"label {number + 1} of {len(labels)} is empty")
        if any(unicodedata.category(letter) == "Cc" for letter in label):
            raise UnsupportedModel(
                f"label {number + 1} of {len(labels)} has a control character: {label!r:.60}"
            )
    twice = [label for label, count in Counter(labels).items() if count > 1]
    if twice:
        raise UnsupportedModel(f'the label "{twice[0]}" stands twice, and Core ML finds a class by its label')


def _check_labels(probabilities: Any, options: Options, model: onnx.ModelProto) -> str:
    labels = list(options.labels or ())
    shape = shape_of(probabilities)
    if not is_float(probabilities):
        raise UnsupportedModel("labels for an output of whole numbers, which are not probabilities")
    sizes = "(" + ", ".join(str(size) if isinstance(size, int) else "open" for size in shape) + ")"
    if shape[-1] != len(labels):
        raise UnsupportedModel(f"{len(labels)} labels for probabilities of shape {sizes}")
    if any(size != 1 for size in shape[:-1]):
        names = [name for name in open_sizes(model) if name not in options.dimensions]
        hint = f"; fix {' or '.join(names)} at 1, as --fix {names[0]}=1 does" if names else ""
        raise UnsupportedModel(
            f"a classifier of Core ML answers about one row, and the probabilities have shape {sizes}{hint}"
        )
    return str(probabilities.name)


def _serialise(program: Any, ports: Sequence[Port], probabilities: str | None, options: Options) -> Any:
    classifier = None
    if probabilities is not None:
        classifier = ct.ClassifierConfig(list(options.labels or ()), LABEL, probabilities)
    model = ct.convert(
        program,
        convert_to="mlprogram",
        inputs=[port.declaration(options.minimum_target) for port in ports],
        classifier_config=classifier,
        minimum_deployment_target=getattr(ct.target, options.minimum_target),
        compute_precision=compute_precision(options.precision, options.wide),
        pass_pipeline=pass_pipeline(options.precision),
        skip_model_load=True,
    )
    if classifier is None:
        return model
    spec = model.get_spec()
    ct.utils.rename_feature(spec, f"{LABEL}_probs", core_ml_name(PROBABILITIES), rename_inputs=False)
    return ct.models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True)
