"""All extractors that recipes can name: those of OpenCV and those that are ONNX graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.imported import NAME as IMPORTED
from training.graphs.extractors.registry import (
    create_graph_extractor,
    graph_extractor_names,
    own_parameters,
)
from vision.errors import ExtractorNotInstalled, InvalidExtractorParameter, UnknownExtractor
from vision.extractors import Extractor, Parameter, create_extractor, extractor_names
from vision.extractors.daisy import Daisy
from vision.extractors.registry import is_of_opencv
from vision.joined import SEPARATOR, JoinedExtractor

AnyExtractor: TypeAlias = Extractor | GraphExtractor | JoinedExtractor


def named_extractor(name: str, parameters: Mapping[str, Parameter]) -> AnyExtractor:
    """Creates the extractor of a name, or of several joined by `+`, of which one may give descriptors.

    Raises:
        UnknownExtractor: When there is no extractor of that name.
        ExtractorNotInstalled: When it needs a library that is not installed.
        InvalidExtractorParameter: For an unknown parameter, a value out of its range, or extractors that
            cannot be joined.
    """
    if IMPORTED in name.split(SEPARATOR):
        problem = "is imported with lienzo train --extractor onnx:FILE.onnx, alone"
        raise InvalidExtractorParameter(IMPORTED, "graph", problem)
    graphs, parts = graph_extractor_names(), name.split(SEPARATOR)
    if len(parts) > 1 and any(is_of_opencv(each) for each in parts):
        return _joined(name, parts, parameters)
    if any(each in graphs for each in parts):
        return create_graph_extractor(name, parameters)
    try:
        return create_extractor(name, parameters)
    except ExtractorNotInstalled:
        raise
    except UnknownExtractor as error:
        raise UnknownExtractor(name, sorted([*extractor_names(), *graphs])) from error


def _joined(name: str, parts: list[str], parameters: Mapping[str, Parameter]) -> JoinedExtractor:
    graphs = [each for each in parts if not is_of_opencv(each)]
    described = [each for each in parts if is_of_opencv(each)]
    for each in graphs:
        if each not in graph_extractor_names():
            raise UnknownExtractor(each, sorted([*extractor_names(), *graph_extractor_names()]))
    described += [each for each in graphs if create_graph_extractor(each).kind == "local"]
    if len(set(parts)) < len(parts):
        raise InvalidExtractorParameter(name, "extractors", "are different ones, each named once")
    if len(described) > 1:
        problem = f"have descriptors: {' and '.join(described)}, at most one may"
        raise InvalidExtractorParameter(name, "extractors", problem)
    own = own_parameters(name, parts, parameters)
    local = create_extractor(described[0], own[described[0]])
    border = {"border": parameters["border"]} if "border" in parameters else {}
    if len(graphs) == 1:
        vector = create_graph_extractor(graphs[0], {**own[graphs[0]], **border})
        named = {f"{vector.name}.{key}": value for key, value in vector.parameters.items() if key != "border"}
    else:
        of_graphs = {f"{each}.{key}": value for each in graphs for key, value in own[each].items()}
        vector = create_graph_extractor(SEPARATOR.join(graphs), {**of_graphs, **border})
        named = {key: value for key, value in vector.parameters.items() if key != "border"}
    of_local = {f"{local.name}.{key}": value for key, value in local.parameters.items()}
    return JoinedExtractor(name, {"border": vector.border, **of_local, **named}, local, vector)


def vector_size(extractor: AnyExtractor) -> int:
    """Returns the elements of the vector that an extractor joins to its descriptors; 0 for none."""
    return extractor.vector_size if isinstance(extractor, GraphExtractor | JoinedExtractor) else 0


def graph_of(extractor: AnyExtractor) -> GraphExtractor | None:
    """Returns the graph that a bundle holds of an extractor, or of its vector; None for OpenCV's alone."""
    part = extractor.vector if isinstance(extractor, JoinedExtractor) else extractor
    return part if isinstance(part, GraphExtractor) else None


def has_positions(extractor: AnyExtractor) -> bool:
    """Whether each row of descriptors ends in its keypoint position."""
    return any(
        value == "append" and key.rpartition(".")[2] == "places"
        for key, value in extractor.parameters.items()
    )


def with_positions(name: str, parameters: Mapping[str, Parameter]) -> AnyExtractor:
    """Creates an extractor, joined or not, whose rows of descriptors end in their keypoint positions."""
    parts = name.split(SEPARATOR)
    if len(parts) == 1:
        return named_extractor(name, {**parameters, "places": "append"})
    graphs = graph_extractor_names()
    local = [each for each in parts if each not in graphs or create_graph_extractor(each).kind == "local"]
    return named_extractor(name, {**parameters, f"{local[0]}.places": "append"})


def feature_kind(extractor: AnyExtractor) -> Literal["local", "global"]:
    """Returns `local` for descriptors at keypoints, `global` for one vector per picture."""
    return extractor.kind if isinstance(extractor, GraphExtractor) else "local"


def has_repeatable_keypoints(extractor: AnyExtractor) -> bool:
    """Whether the extractor finds the same points of a thing in another photo; a fixed grid does not."""
    local = extractor.local if isinstance(extractor, JoinedExtractor) else extractor
    return not isinstance(local, GraphExtractor) and local.name != Daisy.name


def flat_parameters(table: Mapping[str, Any]) -> dict[str, Any]:
    """Flattens the parameters of a TOML table, where `lbp.grid = 4` is a table `lbp` with a key `grid`.

    >>> flat_parameters({"border": "trim", "lbp": {"grid": 4}})
    {'border': 'trim', 'lbp.grid': 4}
    """
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update({f"{key}.{inner}": each for inner, each in value.items()})
        else:
            flat[key] = value
    return flat
