"""Picture file to features with one extractor, as training did it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundle.errors import BundleError
from bundle.manifest import Component, Manifest
from vision.errors import InvalidFeatureGraph, VisionError
from vision.extractors import Extractor, create_extractor
from vision.graph import FeatureGraph
from vision.picture import Picture

GRAPH_NAME = "features.onnx"


@dataclass(frozen=True)
class LoadedExtractor:
    """An extractor with the digest that its features carry.

    Attributes:
        extractor: Does the work; safe to share between threads.
        digest: SHA-256 (hexadecimal) that a classifier compares with its own.
    """

    extractor: Extractor | FeatureGraph
    digest: str


def load_extractor(manifest: Manifest, folder: Path) -> LoadedExtractor:
    """The extractor that a model was trained with: the bundle's own graph, or one of OpenCV's by name.

    Raises:
        BundleError: When this server has no such extractor, or not with these parameters, or when the graph
            is not what the manifest says.
    """
    try:
        extractor = (
            _load_graph(manifest, folder)
            if GRAPH_NAME in manifest.files
            else create_extractor(manifest.extractor.name, manifest.extractor.parameters)
        )
    except VisionError as error:
        raise BundleError(folder, f"its extractor cannot be used here ({error})") from error
    return LoadedExtractor(extractor, manifest.extractor_digest)


def _load_graph(manifest: Manifest, folder: Path) -> FeatureGraph:
    graph = FeatureGraph.load((folder / GRAPH_NAME).read_bytes())
    if (graph.kind, graph.dimension) != (manifest.features, manifest.dimension):
        raise InvalidFeatureGraph(
            f"gives {graph.kind} features of {graph.dimension} elements, the manifest says "
            f"{manifest.features} of {manifest.dimension}"
        )
    return graph


def named_extractor(name: str, parameters: dict[str, str]) -> LoadedExtractor:
    """An extractor by name, for callers without a model.

    Raises:
        UnknownExtractor: There is none of that name.
        InvalidExtractorParameter: An unknown parameter, or a value out of its range.
    """
    extractor = create_extractor(name, parameters)
    return LoadedExtractor(extractor, Component(name=name, parameters=dict(extractor.parameters)).digest)


def original_keypoints(keypoints: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
    """Keypoints in pixels of the picture at its original size.

    Args:
        keypoints: Found in `picture.pixels`, which may be smaller than the original; shape (N, 4).
        picture: The decoded picture.

    Returns:
        Shape (N, 4), float32: x, y, diameter, angle.
    """
    scale = np.float32(picture.info.width_px / picture.pixels.shape[1])
    return keypoints * np.array([scale, scale, scale, 1], np.float32)
