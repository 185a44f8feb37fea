"""Extractors by name: those of OpenCV, and those that are graphs."""

from __future__ import annotations

from collections.abc import Mapping

from vision.extractors import create_extractor, extractor_names
from vision.extractors.features import Extractor, Parameter
from vision.graph import FeatureGraph


def extractor_by_name(
    name: str, parameters: Mapping[str, Parameter] | None = None
) -> Extractor | FeatureGraph:
    """Creates an extractor; a graph is loaded as servers load it.

    Args:
        name: Name of the extractor.
        parameters: What differs from its defaults.

    Raises:
        UnknownExtractor: When there is none of that name.
        InvalidExtractorParameter: For an unknown parameter, or a value out of range.
    """
    if name in extractor_names():
        return create_extractor(name, parameters or {})
    # The others are graphs, which need the libraries of training; OpenCV's extractors do not.
    from training.extractors import named_extractor
    from training.graphs.extractors.extractor import GraphExtractor

    created = named_extractor(name, parameters or {})
    if isinstance(created, GraphExtractor):
        return FeatureGraph.load(created.model().SerializeToString())
    return created
