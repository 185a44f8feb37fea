"""What an imported model must be, in this process; see `test_understanding` for the process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from export.errors import ExportError
from export.imported.child import prepared
from export.imported.folding import folded
from export.imported.labels import read_labels
from export.imported.preprocessing import preprocessing_of
from export.imported.reading import read_model
from tests.support.imported import Network, depthwise, residual, save_model, transformer
from vision.graph import FeatureGraph
from vision.inference import open_session

IMAGENET = preprocessing_of("imagenet")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (residual, "imagenet"),
        (residual, "symmetric color=bgr resize=40"),
        (depthwise, "caffe"),
        (transformer, "clip crop=stretch"),
    ],
)
def test_preparing_in_the_graph_changes_no_answer(
    make: Callable[[], onnx.ModelProto], text: str, tmp_path: Path
) -> None:
    preprocessing = preprocessing_of(text)
    original = make()
    model, understood = read_model(save_model(original, tmp_path), preprocessing)
    graph, scores, has_softmax = folded(model, understood, preprocessing)
    graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 4
    run = FeatureGraph.load(graph.SerializeToString())
    assert run.is_centred == (preprocessing.crop == "centre")
    assert run.side_px == preprocessing.side_before_crop(32)
    session = open_session(original.SerializeToString())
    square = np.random.default_rng(0).integers(0, 256, (run.side_px, run.side_px, 3), np.uint8)
    [expected] = session.run(None, {"picture": prepared(square, understood, preprocessing)})
    found = run.extract(square).rows[0].astype(np.float64)
    assert scores
    assert has_softmax == (make is depthwise)
    if make is depthwise:  # its softmax is left out, so that scores can be calibrated
        assert not any(node.op_type == "Softmax" for node in graph.graph.node)
        found = np.exp(found) / np.exp(found).sum()
    np.testing.assert_allclose(found, expected[0], atol=2e-5)


def test_a_centred_graph_takes_the_central_square(tmp_path: Path) -> None:
    preprocessing = preprocessing_of("unit")
    model, understood = read_model(save_model(residual(), tmp_path), preprocessing)
    graph, *_ = folded(model, understood, preprocessing)
    run = FeatureGraph.load(graph.SerializeToString())
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 200
    assert (run.fitted(wide) == 200).all()


def external(model: onnx.ModelProto) -> onnx.ModelProto:
    external_data_helper.set_external_data(model.graph.initializer[0], "weights.bin")
    model.graph.initializer[0].ClearField("raw_data")
    return model


def custom(model: onnx.ModelProto) -> onnx.ModelProto:
    model.graph.node[1].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


def two_outputs(model: onnx.ModelProto) -> onnx.ModelProto:
    model.graph.output.append(helper.make_tensor_value_info("v13", TensorProto.FLOAT, [1, 8]))
    return model


def two_inputs(model: onnx.ModelProto) -> onnx.ModelProto:
    model.graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1]))
    return model


def not_numbers(model: onnx.ModelProto) -> onnx.ModelProto:
    first = model.graph.initializer[0]
    values = numpy_helper.to_array(first).copy()
    values.flat[3] = np.nan
    first.CopyFrom(numpy_helper.from_array(values, first.name))
    return model


def of_shape(*shape: int | str) -> Callable[[onnx.ModelProto], onnx.ModelProto]:
    def change(model: onnx.ModelProto) -> onnx.ModelProto:
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape))
        return model

    return change


def old(model: onnx.ModelProto) -> onnx.ModelProto:
    model.opset_import[0].version = 7
    return model


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (external, '"w0" lies in another file (external data)'),
        (custom, "node Relu is of the custom domain com.example"),
        (two_outputs, "2 outputs (v14, v13); name one with --output"),
        (two_inputs, "2 inputs (picture, mask); a picture is the only one"),
        (not_numbers, 'weights "w0" are not numbers (NaN)'),
        (of_shape("batch", 3, "height", "width"), "its size is open; give it, such as --preprocess"),
        (of_shape(8, 3, 32, 32), "8 pictures at a time"),
        (of_shape(1, 5, 32, 32), "no axis of 3 channels"),
        (of_shape(1, 3, 32, 48), "not a square"),
        (of_shape(1, 3, 4096, 4096), "more than 1024 pixels a side"),
        (of_shape(1, 3, 32), "3 axes; a picture has four of floats"),
        (old, "opset 7; 11 to 24 are read"),
    ],
)
def test_refuses_what_cannot_be_served(
    change: Callable[[onnx.ModelProto], onnx.ModelProto], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ExportError) as caught:
        read_model(save_model(change(residual()), tmp_path), IMAGENET)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_files_that_are_no_model(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("not a model")
    for file, sentence in (("text.onnx", "not an ONNX file"), ("none.onnx", "cannot be read")):
        with pytest.raises(ExportError, match=sentence):
            read_model(tmp_path / file, IMAGENET)


def test_an_output_can_be_named(tmp_path: Path) -> None:
    file = save_model(two_outputs(residual()), tmp_path)
    _, understood = read_model(file, IMAGENET, "v14")
    assert understood.output == "v14"
    with pytest.raises(ExportError, match='no output "scores"; there are v14, v13'):
        read_model(file, IMAGENET, "scores")


def test_half_precision_is_kept(tmp_path: Path) -> None:
    made = Network()
    made.weights.append(numpy_helper.from_array(np.eye(3, 4, dtype=np.float16), "weights"))
    mean = made.pooled("picture")
    scores = made.add("MatMul", mean, "weights")
    half = made.model({scores: [1, 4]}, [1, 3, 16, 16], TensorProto.FLOAT16)
    model, understood = read_model(save_model(half, tmp_path), preprocessing_of("unit"))
    graph, *_ = folded(model, understood, preprocessing_of("unit"))
    kinds = {each.name: each.data_type for each in graph.graph.initializer}
    assert kinds["imported.weights"] == TensorProto.FLOAT16
    found = FeatureGraph.load(graph.SerializeToString()).extract(np.full((16, 16, 3), 255, np.uint8)).rows
    np.testing.assert_allclose(found, [[1, 1, 1, 0]])


def test_labels_fit_the_classes_and_are_made_distinct(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("crane\nmaillot\ncrane\n\n")
    assert read_labels(file, 3) == (("crane", "maillot", "crane (2)"), ("crane (2)",))
    with pytest.raises(ExportError, match="3 labels, but the model has 4 classes"):
        read_labels(file, 4)
    file.write_text("a\n\nb")
    with pytest.raises(ExportError, match="line 2 is empty"):
        read_labels(file, 3)
    file.write_bytes(b"a\0b\nc\nd\n")
    with pytest.raises(ExportError, match="line 1 has characters that cannot be printed"):
        read_labels(file, 3)
    with pytest.raises(ExportError, match="cannot be read"):
        read_labels(tmp_path / "nowhere.txt", 3)


def test_labels_as_windows_writes_them_are_the_same_labels(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes("\ufeffgato\r\nniño\r\n".encode())
    assert read_labels(file, 2) == (("gato", "niño"), ())
