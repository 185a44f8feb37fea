"""All extractors that recipes can name: those of OpenCV and those that are ONNX graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from training.graphs.extractors.brought import NAME as BROUGHT
from training.graphs.extractors.concatenation import SEPARATOR
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.registry import create_graph_extractor, graph_extractor_names
from vision.errors import ExtractorNotInstalled, InvalidExtractorParameter, UnknownExtractor
from vision.extractors import Extractor, Parameter, create_extractor, extractor_names
from vision.extractors.daisy import Daisy

AnyExtractor: TypeAlias = Extractor | GraphExtractor


def named_extractor(name: str, parameters: Mapping[str, Parameter]) -> AnyExtractor:
    """Creates the extractor of a name, or the concatenation of several graphs joined by `+`.

    Raises:
        UnknownExtractor: When there is no extractor of that name.
        ExtractorNotInstalled: When it needs a library that is not installed.
        InvalidExtractorParameter: For an unknown parameter, a value out of its range, or extractors that
            cannot be joined.
    """
    if BROUGHT in name.split(SEPARATOR):
        problem = "is brought with lienzo train --extractor onnx:FILE.onnx, alone"
        raise InvalidExtractorParameter(BROUGHT, "graph", problem)
    graphs, parts = graph_extractor_names(), name.split(SEPARATOR)
    for each in parts if len(parts) > 1 else ():
        if each in extractor_names():
            raise InvalidExtractorParameter(name, each, "has descriptors, and only vectors can be joined")
    if any(each in graphs for each in parts):
        return create_graph_extractor(name, parameters)
    try:
        return create_extractor(name, parameters)
    except ExtractorNotInstalled:
        raise
    except UnknownExtractor as error:
        raise UnknownExtractor(name, sorted([*extractor_names(), *graphs])) from error


def feature_kind(extractor: AnyExtractor) -> Literal["local", "global"]:
    """Returns `local` for descriptors at keypoints, `global` for one vector per picture."""
    return extractor.kind if isinstance(extractor, GraphExtractor) else "local"


def has_repeatable_keypoints(extractor: AnyExtractor) -> bool:
    """Whether the extractor finds the same points of a thing in another photo; a fixed grid does not."""
    return not isinstance(extractor, GraphExtractor) and extractor.name != Daisy.name


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
