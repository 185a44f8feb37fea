"""A small but real model without training: the nearest mean descriptor, as one ONNX graph.

It tells drawn patterns apart, answers a blank picture, and is made in a second, which is what tests of
serving and measurements of its overhead need.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from bundle import layout
from bundle.manifest import Component
from bundle.meanings import Meanings, to_bytes
from tests.support.bundle import describe, write_files
from tests.support.pictures import LABELS, draw
from training.graphs.builder import GraphBuilder
from vision.extractors import Parameter, create_extractor

SHARPNESS = 150.0
"""Factor before the softmax: high enough for a drawn pattern to be told with certainty."""


MEANINGS = {
    "grid": {
        "name": "grid",
        "name_es": "La cuadrícula",
        "description_es": "Líneas que se cruzan.",
        "link": "https://example.org/grid",
        "artist": "A ruler",
        "artist_es": "Una regla",
        "year": "1931",
    }
}
"""What the model says of one of its labels, in two languages."""


def write_model(
    root: Path,
    name: str = "patterns",
    version: int = 1,
    *,
    labels: Sequence[str] = LABELS,
    extractor_parameters: Mapping[str, int] | None = None,
    files: Mapping[str, bytes] | None = None,
    meanings: Meanings | None = None,
) -> Path:
    """Writes a bundle as making does: a temporary folder, then one rename.

    Args:
        root: The model repository.
        name: Of the model.
        version: Of the model.
        labels: What the model calls circles, grid and strokes, in this order.
        extractor_parameters: What differs from the defaults of RootSIFT.
        files: Further files of the bundle, by path.
        meanings: What its labels mean to people.

    Returns:
        The bundle's folder.
    """
    extractor = create_extractor("rootsift", dict(extractor_parameters or {}))
    means = _mean_descriptors(extractor.name, tuple(extractor.parameters.items()))
    contents = {layout.CLASSIFIER: _nearest_mean(means).SerializeToString(), **(files or {})}
    if meanings:
        contents[layout.LABELS] = to_bytes(meanings)
    manifest = describe(
        contents,
        name=name,
        version=version,
        extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
        encoder=Component(name="mean"),
        classifier=Component(name="nearest_mean"),
        labels=tuple(labels),
        threshold=0.7,
        metrics={"accuracy": 1.0},
    )
    written = {**contents, layout.MANIFEST: manifest.to_json().encode()}
    folder = write_files(root / name / f".writing-{version}", written)
    return folder.rename(root / name / str(version))


@functools.cache
def _mean_descriptors(name: str, parameters: tuple[tuple[str, Parameter], ...]) -> NDArray[np.float32]:
    """Mean descriptor of every pattern, L2-normalised: shape (labels, dimension)."""
    extractor = create_extractor(name, dict(parameters))
    means = []
    for label in LABELS:
        pictures = [draw(label, seed)[..., ::-1].copy() for seed in range(100, 106)]
        found = [extractor.extract(picture).rows for picture in pictures]
        mean = np.concatenate(found).astype(np.float32).mean(axis=0)
        means.append(mean / np.linalg.norm(mean))
    return np.stack(means).astype(np.float32)


def _nearest_mean(means: NDArray[np.float32]) -> onnx.ModelProto:
    """Descriptors (N, 128) → sum → unit length → cosine to every mean → softmax; N may be 0."""
    graph = GraphBuilder("nearest_mean")
    total = graph.add("ReduceSum", "descriptors", graph.constant("rows", [0], np.int64), keepdims=1)
    length = graph.add("ReduceL2", total, graph.constant("columns", [1], np.int64), keepdims=1)
    unit = graph.add("Div", total, graph.add("Max", length, graph.constant("tiny", 1e-6)))
    weights = graph.constant("weights", SHARPNESS * (means - means.mean(axis=0)).T)
    graph.add("Softmax", graph.add("MatMul", unit, weights), axis=1, output="probabilities")
    return graph.model({"descriptors": ["N", means.shape[1]]}, {"probabilities": [1, len(means)]})
