"""The extractors that are graphs, by name; add a new one here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from training.graphs.extractors.binary_pixels import BinaryPixels
from training.graphs.extractors.color_histogram import ColorHistogram
from training.graphs.extractors.color_moments import ColorMoments
from training.graphs.extractors.concatenation import Concatenation
from training.graphs.extractors.dense_sift import DenseSift
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.hog import Hog
from training.graphs.extractors.ink import Ink
from training.graphs.extractors.lbp import LocalBinaryPatterns
from training.graphs.extractors.pixels import Pixels
from vision.errors import InvalidExtractorParameter, UnknownExtractor
from vision.extractors.features import Parameter
from vision.extractors.parameters import checked
from vision.joined import SEPARATOR

_GRAPHS: dict[str, type[GraphExtractor]] = {
    each.name: each
    for each in (BinaryPixels, ColorHistogram, ColorMoments, DenseSift, Hog, Ink, LocalBinaryPatterns, Pixels)
}
_DEFAULTS: Mapping[str, Parameter] = MappingProxyType({})


def graph_extractor_names() -> list[str]:
    """Lists the names of all extractors that are graphs, sorted.

    >>> "dense_sift" in graph_extractor_names()
    True
    """
    return sorted(_GRAPHS)


def create_graph_extractor(name: str, parameters: Mapping[str, Parameter] = _DEFAULTS) -> GraphExtractor:
    """Creates an extractor that is a graph, or the concatenation of several joined by `+`.

    Args:
        name: One of `graph_extractor_names()`, or several with `+` between them.
        parameters: Those that differ from the defaults; for several extractors `border`, and
            `extractor.parameter` for the parameters of each.

    Raises:
        UnknownExtractor: When there is no extractor of that name.
        InvalidExtractorParameter: For an unknown parameter, a value out of its range, or extractors that
            cannot be joined.

    >>> create_graph_extractor("lbp+hog", {"lbp.grid": 2}).dimension
    2472
    """
    names = name.split(SEPARATOR)
    for each in names:
        if each not in _GRAPHS:
            raise UnknownExtractor(each, graph_extractor_names())
    if len(names) == 1:
        return _created(name, parameters)
    if len(set(names)) < len(names):
        raise InvalidExtractorParameter(name, "extractors", "are different ones, each named once")
    own = own_parameters(name, names, parameters)
    parts = tuple(_created(each, own[each]) for each in names)
    border = _created(names[0], {"border": parameters.get("border", "keep")}).border
    return Concatenation(side_px=max(each.side_px for each in parts), border=border, parts=parts)


def _created(name: str, parameters: Mapping[str, Parameter]) -> GraphExtractor:
    kind: Any = _GRAPHS[name]
    created: GraphExtractor = kind(**checked(name, kind, parameters))
    return created


def own_parameters(
    joined: str, names: list[str], parameters: Mapping[str, Parameter]
) -> dict[str, dict[str, Parameter]]:
    """Deals the parameters of joined extractors to their owners; `border` belongs to all.

    Raises:
        InvalidExtractorParameter: For one that is nobody's.
    """
    own: dict[str, dict[str, Parameter]] = {each: {} for each in names}
    for key, value in parameters.items():
        owner, _, parameter = key.partition(".")
        if key == "border":
            continue
        if owner not in own or parameter in ("", "border"):
            known = f"border, and those of {', '.join(names)} after their name and a dot"
            problem = f"is not a parameter. There are: {known}"
            raise InvalidExtractorParameter(joined, key, problem)
        own[owner][parameter] = value
    return own
