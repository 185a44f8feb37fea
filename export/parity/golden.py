"""Golden files: inputs with expected answers, to check any run time with."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from bundle import layout
from export.parity.samples import edge_pictures
from training.extractors import feature_kind, vector_size
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.session import GraphSession
from training.imagesets.imageset import ImageSet
from training.trainer import TrainedModel
from vision.extractors.features import vector_rows
from vision.graph import FeatureGraph
from vision.picture import decode

Rows: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]

_MAX_DESCRIPTORS = 20
_MAX_PICTURES = 8


def golden_files(model: TrainedModel, graph: onnx.ModelProto, image_set: ImageSet) -> dict[str, bytes]:
    """Makes the files of the folder `golden` by path from the bundle's root.

    `golden/expected.json` lists cases: `input` names a file; `label` and `probabilities` are onnxruntime's
    answers, in the order of the manifest's labels.

    - Where OpenCV extracts, inputs are .npy files with descriptors (uint8 or float32, shape (N, D)): the
      first picture of each label for up to twenty labels, and one without descriptors.
    - Where the extractor is a graph, they are PNG files of exactly the graph's square, so that scaling makes
      no difference: the first picture of each label for up to eight labels, since only recognised pictures
      prove much, and six drawn ones.

    Args:
        model: Its descriptors become cases.
        graph: `classifier.onnx`, which gives the expected answers.
        image_set: The image set that the model was trained on; some of its pictures become cases.
    """
    labels, firsts = np.unique(image_set.targets, return_index=True)
    extractor = model.recipe.create_extractor()
    inputs: Mapping[str, Rows]
    asked: Mapping[str, Rows]
    if isinstance(extractor, GraphExtractor):
        chosen = {
            f"{label:04d}.png": image_set.root / image_set.pictures[first].path
            for label, first in list(zip(labels, firsts, strict=True))[:_MAX_PICTURES]
        }
        inputs, asked = _squares(extractor, chosen)
    else:
        rows: dict[str, Rows] = {
            f"{label:04d}.npy": model.descriptors.stored(int(first))
            for label, first in list(zip(labels, firsts, strict=True))[:_MAX_DESCRIPTORS]
        }
        if feature_kind(extractor) == "local":
            first_rows = rows["0000.npy"]
            rows["nothing.npy"] = np.zeros_like(
                first_rows[: vector_rows(vector_size(extractor), first_rows.shape[1])]
            )
        inputs = asked = rows
    session = GraphSession(graph)
    cases = [_case(model, name, session.run(np.asarray(rows, np.float32))[0]) for name, rows in asked.items()]
    text = json.dumps({"cases": cases}, indent=1, ensure_ascii=False) + "\n"
    files = {f"{layout.GOLDEN}/{name}": _encoded(name, value) for name, value in inputs.items()}
    return {**files, layout.EXPECTED: text.encode()}


def _squares(
    extractor: GraphExtractor, photographs: Mapping[str, Path]
) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[np.float32]]]:
    """Makes the graph's input squares and their features, both by file name."""
    graph = FeatureGraph.load(extractor.model().SerializeToString(deterministic=True))
    squares = {
        name: graph.fitted(decode(file.read_bytes(), max_side_px=graph.max_side_px).pixels)
        for name, file in photographs.items()
    }
    for name, pixels in edge_pictures():
        squares[f"{name.replace(' ', '_')}.png"] = graph.fitted(pixels)
    rows = {name: np.asarray(graph.extract(square).rows, np.float32) for name, square in squares.items()}
    return squares, rows


def _case(model: TrainedModel, name: str, probabilities: NDArray[np.float32]) -> dict[str, object]:
    return {
        "input": name,
        "label": model.labels[int(probabilities.argmax())],
        "probabilities": [float(f"{each:.9g}") for each in probabilities],
    }


def _encoded(name: str, value: Rows) -> bytes:
    if name.endswith(".png"):
        return cv2.imencode(".png", value[..., ::-1])[1].tobytes()
    stream = io.BytesIO()
    np.save(stream, value, allow_pickle=False)
    return stream.getvalue()
