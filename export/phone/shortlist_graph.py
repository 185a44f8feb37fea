"""The graph of a shortlist: from a picture to the works that look most like it, as the phone runs it.

Dense SIFT, then VLAD of windows behind the vocabulary's projection: what `vision/identification/windows.py`
computes of keypoints for a database. Works are described by their previews with the same graph, and searched
by dot products inside it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime import InferenceSession

from training.graphs.extractors.dense_sift import DenseSift
from training.graphs.extractors.picture import PictureGraph, add_planes
from vision.graph import stretched
from vision.identification.vocabulary import fixed_vocabulary
from vision.identification.windows import CENTRES, DIMENSION, window_centres, windows_of
from vision.inference import open_session
from vision.ports import IMAGE

EXTRACTOR: Final = DenseSift(side_px=128, cells_px=(4, 6, 8, 12, 16), contrast=3.0)
VECTORS: Final = "vectors"
NUMBERS: Final = "numbers"
LIKENESS: Final = "likeness"
"""Outputs: numbers of works as float32, which has whole numbers up to 16 million, and their dot products."""
_TINY: Final = 1e-6


def shortlist_graph(table: NDArray[np.float32], most: int) -> onnx.ModelProto:
    """Builds the graph from a picture to the nearest works.

    Args:
        table: Vectors of the works, shape (M, 1024), each of length 1, M of 1 or more.
        most: How many works at most.

    Returns:
        From `image` (uint8, (1, 128, 128, 3), RGB, stretched) to `numbers` and `likeness`, both float32,
        (1, k): rows of the table, the nearest first, and the dot product of its nearest window.
    """
    graph = PictureGraph("shortlist")
    found = graph.add("MatMul", _add_vectors(graph), graph.number(table.T))
    nearest = graph.add("ReduceMax", found, graph.integers(0), keepdims=1)
    count = min(most, len(table))
    likeness, numbers = graph.add_pair("TopK", nearest, graph.integers(count), axis=1)
    graph.add("Identity", likeness, output=LIKENESS)
    graph.add("Cast", numbers, to=int(TensorProto.FLOAT), output=NUMBERS)
    return _model(graph, {NUMBERS: [1, count], LIKENESS: [1, count]})


def window_vectors_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describes a picture, RGB, uint8, shape (height, width, 3): shape (35, 1024), the whole of it first."""
    return np.asarray(_session().run([VECTORS], {IMAGE: stretched(pixels, EXTRACTOR.side_px)[None]})[0])


@lru_cache(maxsize=1)
def _session() -> InferenceSession:
    graph = PictureGraph("shortlist")
    graph.add("Identity", _add_vectors(graph), output=VECTORS)
    return open_session(_model(graph, {VECTORS: ["windows", DIMENSION]}).SerializeToString())


def _model(graph: PictureGraph, outputs: dict[str, list[int | str]]) -> onnx.ModelProto:
    side = EXTRACTOR.side_px
    model = graph.model({IMAGE: [1, side, side, 3]}, outputs)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    return model


def _add_vectors(graph: PictureGraph) -> str:
    """Adds the vectors of all windows, shape (35, 1024), of length 1; zeros where nothing is to be seen."""
    vocabulary, centres = fixed_vocabulary(), window_centres().centres
    descriptors = EXTRACTOR.described(graph, add_planes(graph, IMAGE))
    apart = graph.add("Sub", descriptors, graph.number(vocabulary.mean))
    projected = graph.add("MatMul", apart, graph.number(vocabulary.projection))
    products = graph.add("MatMul", projected, graph.number(-2 * centres.T))
    distances = graph.add("Add", products, graph.number((centres**2).sum(axis=1)))
    smallest = graph.add("ReduceMin", distances, graph.integers(1), keepdims=1)
    chosen = graph.as_float(graph.add("Equal", distances, smallest))
    residuals = graph.add("Sub", projected, graph.add("MatMul", chosen, graph.number(centres)))
    is_plain = graph.add("Less", graph.total(descriptors, 1), graph.number(0.5))
    counted = graph.add("Mul", chosen, graph.as_float(graph.add("Not", is_plain)))
    rows, half = len(EXTRACTOR.keypoints), centres.shape[1]
    each = graph.add(
        "Mul",
        graph.reshaped(counted, rows, CENTRES, 1),
        graph.reshaped(_add_unit(graph, residuals), rows, 1, half),
    )
    places = EXTRACTOR.keypoints[:, :2] / np.float32(EXTRACTOR.side_px)
    windows = graph.number(np.array(windows_of(places), np.float32))
    sums = graph.add("MatMul", windows, graph.reshaped(each, rows, DIMENSION))
    rooted = graph.add("Mul", graph.add("Sign", sums), graph.add("Sqrt", graph.add("Abs", sums)))
    return _add_unit(graph, rooted)


def _add_unit(graph: PictureGraph, rows: str) -> str:
    """Adds rows of length 1, or zeros."""
    squares = graph.total(graph.add("Mul", rows, rows), 1)
    lengths = graph.add("Sqrt", graph.add("Max", squares, graph.number(_TINY**2)))
    return graph.add("Div", rows, lengths)
