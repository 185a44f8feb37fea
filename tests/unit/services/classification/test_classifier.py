from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from bundle.errors import BundleError
from bundle.folder import file_digest, read_bundle
from bundle.manifest import MANIFEST_NAME, Manifest
from lienzo.features.v1 import features_pb2
from samples.model import write_model
from samples.pictures import LABELS
from services.classification.classifier import Classifier, load_classifier, ranked
from services.classification.convert import from_features, to_model, to_recognition
from services.classification.errors import FeaturesMismatch


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder = write_model(tmp_path_factory.mktemp("models"))
    return load_classifier(read_bundle(folder), folder)


def with_graph(root: Path, output_width: int, *, empty_rows: bool = True) -> tuple[Manifest, Path]:
    """A bundle whose graph answers so many zeros, or fails where there are no descriptors."""
    folder = write_model(root)
    nodes = [
        helper.make_node("Shape", ["descriptors"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["rows"]),
        # Without rows the target has no element to spare: a reshape of nothing into something fails.
        helper.make_node("Reshape", ["descriptors", "target" if empty_rows else "one_row"], ["flat"]),
        helper.make_node("ReduceSum", ["flat"], ["sum"], keepdims=0),
        helper.make_node("Expand", ["sum", "width"], ["probabilities"]),
    ]
    constants = [
        helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
        helper.make_tensor("target", TensorProto.INT64, [1], [-1]),
        helper.make_tensor("one_row", TensorProto.INT64, [2], [1, 128]),
        helper.make_tensor("width", TensorProto.INT64, [2], [1, output_width]),
    ]
    graph = helper.make_graph(
        nodes,
        "odd",
        [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["N", 128])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, output_width])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(folder / "classifier.onnx"))
    manifest = read_manifest_with(folder, files={"classifier.onnx": file_digest(folder / "classifier.onnx")})
    return manifest, folder


def read_manifest_with(folder: Path, **changes: object) -> Manifest:
    text = (folder / MANIFEST_NAME).read_text(encoding="utf-8")
    return Manifest.model_validate({**Manifest.model_validate_json(text).model_dump(), **changes})


def test_probabilities_sum_to_one_also_without_descriptors(classifier: Classifier) -> None:
    random = np.random.default_rng(0)
    for rows in (0, 1, 300):
        descriptors = random.integers(0, 256, (rows, 128)).astype(np.float32)
        assert classifier.probabilities(descriptors).sum() == pytest.approx(1)


@pytest.mark.parametrize("shape", [(3, 64), (128,), (1, 3, 128)])
def test_refuses_descriptors_of_another_shape(classifier: Classifier, shape: tuple[int, ...]) -> None:
    with pytest.raises(FeaturesMismatch):
        classifier.probabilities(np.zeros(shape, np.float32))


def test_a_graph_with_the_wrong_number_of_labels_is_a_broken_bundle(tmp_path: Path) -> None:
    manifest, folder = with_graph(tmp_path, 7)
    with pytest.raises(BundleError, match="answers 7 probabilities for 3 labels"):
        load_classifier(manifest, folder)


def test_a_graph_that_cannot_answer_a_blank_picture_is_a_broken_bundle(tmp_path: Path) -> None:
    manifest, folder = with_graph(tmp_path, 3, empty_rows=False)
    with pytest.raises(BundleError, match="does not run on 0 rows"):
        load_classifier(manifest, folder)


def test_what_is_no_graph_is_a_broken_bundle(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    manifest = read_bundle(folder)
    (folder / "classifier.onnx").write_bytes(b"nonsense")
    with pytest.raises(BundleError, match="refused by onnxruntime"):
        load_classifier(manifest, folder)
    with pytest.raises(BundleError, match=r"has no classifier\.onnx"):
        load_classifier(read_manifest_with(folder, files={}), folder)


def test_ranks_by_probability_and_keeps_the_order_of_equals() -> None:
    assert ranked(np.array([0.1, 0.4, 0.1, 0.4], np.float32), 10) == [1, 3, 0, 2]


@pytest.mark.parametrize(("asked", "told"), [(0, 3), (1, 1), (2, 2), (99, 3)])
def test_tells_as_many_labels_as_asked_for(classifier: Classifier, asked: int, told: int) -> None:
    probabilities = np.array([0.2, 0.75, 0.05], np.float32)
    answer = to_recognition(probabilities, classifier.manifest, asked, nothing_seen=False)
    assert [each.label for each in answer.labels] == ["grid", "circles", "strokes"][:told]
    assert answer.recognized.label == "grid"


def test_is_recognised_from_the_threshold_on(classifier: Classifier) -> None:
    manifest = classifier.manifest
    below = np.array([0.69, 0.21, 0.1], np.float32)
    answer = to_recognition(below, manifest, 0, nothing_seen=False)
    assert answer.not_recognized.score == pytest.approx(0.69)
    assert answer.not_recognized.threshold == pytest.approx(0.7)
    at = np.array([0.7, 0.2, 0.1], np.float32)
    assert to_recognition(at, manifest, 0, nothing_seen=False).recognized.label == LABELS[0]


def test_a_picture_without_features_is_never_recognised(classifier: Classifier) -> None:
    answer = to_recognition(np.array([1, 0, 0], np.float32), classifier.manifest, 0, nothing_seen=True)
    assert answer.not_recognized.score == 0


def test_reads_descriptors_of_every_type(classifier: Classifier) -> None:
    rows = np.arange(256, dtype=np.uint8).reshape(2, 128)
    manifest = classifier.manifest
    for kind, data in (
        (features_pb2.DESCRIPTOR_TYPE_UINT8, rows.tobytes()),
        (features_pb2.DESCRIPTOR_TYPE_FLOAT32, rows.astype("<f4").tobytes()),
    ):
        local = features_pb2.LocalFeatures(count=2, dimension=128, type=kind, descriptors=data)
        features = features_pb2.Features(local_features=local, extractor_digest=manifest.extractor_digest)
        np.testing.assert_array_equal(from_features(features, manifest), rows)


def test_reads_one_vector_for_a_global_model(classifier: Classifier) -> None:
    manifest = classifier.manifest.model_copy(update={"features": "global", "dimension": 3})
    vector = features_pb2.GlobalFeatures(values=[1, 2, 3])
    features = features_pb2.Features(global_features=vector, extractor_digest=manifest.extractor_digest)
    assert from_features(features, manifest).tolist() == [[1, 2, 3]]
    vector.values[1] = float("nan")
    features = features_pb2.Features(global_features=vector, extractor_digest=manifest.extractor_digest)
    with pytest.raises(FeaturesMismatch, match="no finite numbers"):
        from_features(features, manifest)
    with pytest.raises(FeaturesMismatch, match="the model needs local features"):
        from_features(features, classifier.manifest)


def test_describes_a_model(classifier: Classifier) -> None:
    model = to_model(classifier.manifest)
    assert (list(model.labels), model.extractor, model.encoder) == (list(LABELS), "rootsift", "mean")
    assert (model.has_coreml, len(model.fingerprint)) == (False, 64)
