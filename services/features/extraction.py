"""Loads extractors, so that features are the same as in training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from bundle.errors import BundleError
from bundle.manifest import Component, Manifest
from runtime.models.store import ServedModel
from vision.errors import (
    ExtractorNotInstalled,
    InvalidExtractorParameter,
    InvalidFeatureGraph,
    UnknownExtractor,
    VisionError,
)
from vision.extractors import Extractor, create_extractor, extractor_names
from vision.extractors.features import scaled_keypoints
from vision.graph import FeatureGraph
from vision.joined import JoinedExtractor, open_extractor
from vision.picture import Picture


@dataclass(frozen=True)
class LoadedExtractor:
    """An extractor with the digest that its features carry.

    Attributes:
        extractor: Does the work; safe to share between threads.
        digest: SHA-256 (hexadecimal) that classifiers compare with the one they were trained with.
        made_with: Its name and all its parameters.
    """

    extractor: Extractor | FeatureGraph
    digest: str
    made_with: Component


def load_extractor(manifest: Manifest, folder: Path) -> LoadedExtractor:
    """Loads the extractor that a model was trained with: the bundle's graph, one of OpenCV's, or both joined.

    Raises:
        BundleError: When this server lacks that extractor or refuses its parameters, or when the graph does
            not match the manifest.
    """
    try:
        graph = (folder / layout.FEATURES).read_bytes() if layout.FEATURES in manifest.files else None
        extractor = open_extractor(manifest.extractor.name, manifest.extractor.parameters, graph)
        if isinstance(extractor, FeatureGraph | JoinedExtractor):
            _check(extractor, manifest)
    except VisionError as error:
        raise BundleError(folder, f"its extractor cannot be used here ({error})") from error
    return LoadedExtractor(extractor, manifest.extractor_digest, manifest.extractor)


def _check(extractor: FeatureGraph | JoinedExtractor, manifest: Manifest) -> None:
    kind = extractor.kind if isinstance(extractor, FeatureGraph) else "local"
    given = (kind, extractor.dimension, extractor.vector_size)
    if given != (manifest.features, manifest.dimension, manifest.vector):
        beside = f" beside a vector of {given[2]}" if given[2] else ""
        wanted = f" beside a vector of {manifest.vector}" if manifest.vector else ""
        raise InvalidFeatureGraph(
            f"gives {kind} features of {extractor.dimension} elements{beside}, the manifest says "
            f"{manifest.features} of {manifest.dimension}{wanted}"
        )


def known_extractors(models: Iterable[ServedModel[LoadedExtractor]]) -> list[LoadedExtractor]:
    """Lists the extractors that callers can name: OpenCV's with their defaults, and the graphs of models.

    Args:
        models: The served models; a graph of several of them is listed once.
    """
    found = [named_extractor(name, {}) for name in extractor_names()]
    graphs = {
        each.loaded.digest: each.loaded
        for each in models
        if isinstance(each.loaded.extractor, FeatureGraph | JoinedExtractor)
    }
    return sorted([*found, *graphs.values()], key=lambda each: each.made_with.name)


def named_extractor(
    name: str, parameters: Mapping[str, str], models: Iterable[ServedModel[LoadedExtractor]] = ()
) -> LoadedExtractor:
    """Finds an extractor by name, for callers without a model.

    The parameters of a graph are fixed by its model: the first graph with the named ones is taken.

    Raises:
        UnknownExtractor: There is no extractor of that name.
        InvalidExtractorParameter: An unknown parameter, a value out of its range, or one that no graph of
            that name has.
    """
    try:
        extractor = create_extractor(name, parameters)
    except ExtractorNotInstalled:
        raise
    except UnknownExtractor as error:
        known = known_extractors(models) if models else []
        graphs = [each for each in known if each.made_with.name == name]
        if not graphs:
            names = {each.made_with.name for each in known} or set(extractor_names())
            raise UnknownExtractor(name, sorted(names)) from error
        return _matching(graphs, parameters)
    made_with = Component(name=name, parameters=dict(extractor.parameters))
    return LoadedExtractor(extractor, made_with.digest, made_with)


def _matching(graphs: list[LoadedExtractor], parameters: Mapping[str, str]) -> LoadedExtractor:
    for each in graphs:
        own = each.made_with.parameters
        if all(key in own and str(own[key]) == value for key, value in parameters.items()):
            return each
    name, wrong = graphs[0].made_with.name, sorted(parameters)[0]
    raise InvalidExtractorParameter(name, wrong, f"is not {parameters[wrong]} in any served model")


def original_keypoints(keypoints: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
    """Scales keypoints to pixels of the picture, or of its region, at its original size.

    Args:
        keypoints: In pixels of `picture.pixels`, which may be smaller than the original; shape (N, 4).
        picture: The decoded picture.

    Returns:
        Shape (N, 4), float32: x, y, diameter, angle.
    """
    return scaled_keypoints(keypoints, picture.info.seen.width / picture.pixels.shape[1])
