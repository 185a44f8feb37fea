"""A second model, of photographs in scikit-image; unlike the nearest mean it refuses a wall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import skimage.data
from numpy.typing import NDArray

from bundle import layout
from bundle.manifest import Component
from bundle.meanings import to_bytes
from tests.support.bundle import describe, write_files
from training.graphs.builder import GraphBuilder
from vision.extractors import create_extractor

LABELS = ("astronaut", "cup_of_coffee", "chelsea_the_cat", "rocket")
MEANINGS = {
    "cup_of_coffee": {
        "name": "Cup of coffee",
        "name_es": "Taza de café",
        "description_es": "Un café con su cuchara.",
        "link": "https://example.org/coffee",
        "artist": "Rachel Michetti",
        "year": "2013",
        "room_es": "sala 3",
        "room": "room 3",
    }
}
"""What the model says of one of its labels."""
_GAIN = 0.1  # leaves something to the runners-up


def photographs() -> dict[str, NDArray[np.uint8]]:
    """Returns the pictures that the model knows, RGB, by label."""
    names = ("astronaut", "coffee", "chelsea", "rocket")
    return {
        label: np.asarray(getattr(skimage.data, name)()) for label, name in zip(LABELS, names, strict=True)
    }


def write_voting_model(root: Path, name: str = "pictures") -> Path:
    """Writes a model in which every descriptor votes for the picture of its nearest neighbour."""
    extractor = create_extractor("rootsift", {"max_keypoints": 300})
    found = [extractor.extract(pixels).rows for pixels in photographs().values()]
    # `resize` repeats what there is where a picture has fewer descriptors than its bank has room for.
    banks = np.stack([np.resize(each[:300], (300, extractor.dimension)) for each in found])
    files = {
        layout.CLASSIFIER: _voting_graph(banks.astype(np.float32)).SerializeToString(),
        layout.LABELS: to_bytes(MEANINGS),
    }
    manifest = describe(
        files,
        name=name,
        extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
        classifier=Component(name="nearest_neighbour_votes"),
        labels=LABELS,
        metrics={"accuracy": 1.0},
    )
    return write_files(root / name / "1", {**files, layout.MANIFEST: manifest.to_json().encode()})


def _voting_graph(banks: NDArray[np.float32]) -> onnx.ModelProto:
    """Softmax over labels of how many descriptors, and how clearly, have a neighbour within each bank.

    Args:
        banks: Shape (labels, descriptors each, dimension), each of length 512 as extractors store them.
    """
    count, each, dimension = banks.shape
    graph = GraphBuilder("votes")
    weights = graph.constant("banks", banks.reshape(count * each, dimension).T * (_GAIN / 512**2))
    similar = graph.add("MatMul", "descriptors", weights)
    grouped = graph.add("Reshape", similar, graph.constant("shape", [-1, count, each], np.int64))
    best = graph.add("ReduceMax", grouped, graph.constant("each", [2], np.int64), keepdims=0)
    vote = graph.add("Relu", graph.add("Sub", best, graph.constant("near", 0.9 * _GAIN)))
    total = graph.add("ReduceSum", vote, graph.constant("votes", [0], np.int64), keepdims=1)
    graph.add("Softmax", total, axis=1, output="probabilities")
    return graph.model({"descriptors": ["N", dimension]}, {"probabilities": [1, count]})
