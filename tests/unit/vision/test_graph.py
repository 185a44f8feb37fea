from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from vision.errors import InvalidFeatureGraph
from vision.extractors import GlobalFeatures, LocalFeatures
from vision.graph import DESCRIPTOR_TYPE_KEY, FeatureGraph


def graph_bytes(output: str, shape: list[int], side: int = 32, kind: str = "") -> bytes:
    """A graph that returns the first pixels of the picture as its features."""
    nodes = [
        helper.make_node("Reshape", ["image", "flat"], ["pixels"]),
        helper.make_node("Slice", ["pixels", "begin", "end"], ["first"]),
        helper.make_node("Reshape", ["first", "shape"], ["shaped"]),
        helper.make_node("Cast", ["shaped"], [output], to=TensorProto.FLOAT),
    ]
    constants = {"flat": [-1], "begin": [0], "end": [int(np.prod(shape))], "shape": shape}
    graph = helper.make_graph(
        nodes,
        "first_pixels",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, side, side, 3])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [
            helper.make_tensor(name, TensorProto.INT64, [len(value)], value)
            for name, value in constants.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if kind:
        model.metadata_props.add(key=DESCRIPTOR_TYPE_KEY, value=kind)
    return bytes(model.SerializeToString())


def test_runs_a_graph_with_one_vector() -> None:
    graph = FeatureGraph.load(graph_bytes("features", [1, 6]))
    assert (graph.side_px, graph.dimension, graph.descriptor_type) == (32, 6, "float32")
    features = graph.extract(np.full((50, 60, 3), 7, np.uint8))
    assert isinstance(features, GlobalFeatures)
    np.testing.assert_array_equal(features.values, np.full(6, 7, np.float32))


def test_runs_a_graph_with_descriptors_of_whole_numbers() -> None:
    graph = FeatureGraph.load(graph_bytes("descriptors", [5, 6], kind="uint8"))
    features = graph.extract(np.full((50, 60, 3), 7, np.uint8))
    assert isinstance(features, LocalFeatures)
    assert features.descriptors.dtype == np.uint8
    assert features.descriptors.shape == (5, 6)
    assert features.keypoints.shape == (5, 4)


def test_stretches_a_picture_to_the_square() -> None:
    graph = FeatureGraph.load(graph_bytes("features", [1, 6]))
    halves = np.zeros((40, 90, 3), np.uint8)
    halves[:, 45:] = 200
    fitted = graph.fitted(halves)
    assert fitted.shape == (32, 32, 3)
    assert not fitted[:, :15].any()
    assert (fitted[:, 17:] == 200).all()


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (b"", "cannot be read by onnxruntime"),
        (graph_bytes("colours", [1, 6]), 'has no output "descriptors" or "features", but colours'),
    ],
)
def test_refuses_what_is_no_feature_graph(model: bytes, sentence: str) -> None:
    with pytest.raises(InvalidFeatureGraph, match=sentence):
        FeatureGraph.load(model)
