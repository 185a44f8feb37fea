from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from bundle import layout
from bundle.description import describe
from bundle.errors import BundleError
from bundle.folder import file_digest, read_bundle
from bundle.manifest import Manifest
from bundle.meanings import to_bytes
from export.update import update_bundle
from lienzo.features.v1 import features_pb2
from runtime.models.store import ModelStore
from services.classification.classifier import load_classifier, load_model
from services.classification.convert import from_features, to_model, to_recognition
from services.classification.errors import FeaturesMismatch
from tests.support.model import write_model
from tests.support.pictures import LABELS
from vision.answers import Recognition


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return read_bundle(write_model(tmp_path_factory.mktemp("models")))


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
    onnx.save(model, str(folder / layout.CLASSIFIER))
    manifest = read_manifest_with(folder, files={layout.CLASSIFIER: file_digest(folder / layout.CLASSIFIER)})
    return manifest, folder


def read_manifest_with(folder: Path, **changes: object) -> Manifest:
    text = (folder / layout.MANIFEST).read_text(encoding="utf-8")
    return Manifest.model_validate({**Manifest.model_validate_json(text).model_dump(), **changes})


def test_loads_what_answers_as_the_manifest_says(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    classifier = load_classifier(read_bundle(folder), folder)
    assert len(classifier.probabilities(np.zeros((4, 128), np.float32))) == len(LABELS)


def test_a_graph_with_the_wrong_number_of_labels_is_a_broken_bundle(tmp_path: Path) -> None:
    manifest, folder = with_graph(tmp_path, 7)
    with pytest.raises(BundleError, match="answers 7 probabilities for 3 labels"):
        load_classifier(manifest, folder)


def test_a_graph_that_cannot_answer_a_blank_picture_is_a_broken_bundle(tmp_path: Path) -> None:
    manifest, folder = with_graph(tmp_path, 3, empty_rows=False)
    with pytest.raises(BundleError, match="does not run on 0 rows") as caught:
        load_classifier(manifest, folder)
    assert "\n" not in str(caught.value)  # onnxruntime's own text ends a line


def test_what_is_no_graph_is_a_broken_bundle(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    manifest = read_bundle(folder)
    (folder / layout.CLASSIFIER).write_bytes(b"nonsense")
    with pytest.raises(BundleError, match="refused by onnxruntime"):
        load_classifier(manifest, folder)
    with pytest.raises(BundleError, match=r"has no classifier\.onnx"):
        load_classifier(read_manifest_with(folder, files={}), folder)


def test_a_graph_with_another_input_is_a_broken_bundle(tmp_path: Path) -> None:
    manifest, folder = with_graph(tmp_path, 3)
    with pytest.raises(BundleError, match='has the input "descriptors" and not "features"'):
        load_classifier(manifest.model_copy(update={"features": "global"}), folder)


def test_tells_the_label_that_is_recognised(manifest: Manifest) -> None:
    answer = to_recognition(Recognition(((1, 0.75), (0, 0.2)), 0.75, True), manifest)
    assert [(each.label, each.probability) for each in answer.labels] == [
        ("grid", 0.75),
        ("circles", pytest.approx(0.2)),
    ]
    assert (answer.model.name, answer.model.version) == (manifest.name, manifest.version)
    assert (answer.recognized.label, answer.recognized.probability) == ("grid", 0.75)


def test_tells_score_and_threshold_where_nothing_is_recognised(manifest: Manifest) -> None:
    answer = to_recognition(Recognition(((0, 0.5),), 0.0, False), manifest)
    assert [each.label for each in answer.labels] == ["circles"]
    assert answer.not_recognized.score == 0
    assert answer.not_recognized.threshold == pytest.approx(manifest.threshold)


@pytest.mark.parametrize("dimension", [64, 127])
def test_refuses_descriptors_of_another_dimension(manifest: Manifest, dimension: int) -> None:
    local = features_pb2.LocalFeatures(
        count=2,
        dimension=dimension,
        type=features_pb2.DESCRIPTOR_TYPE_UINT8,
        descriptors=bytes(2 * dimension),
    )
    features = features_pb2.Features(local_features=local, extractor_digest=manifest.extractor_digest)
    with pytest.raises(FeaturesMismatch, match=rf"shape \(2, {dimension}\), the model needs \(…, 128\)"):
        from_features(features, manifest)


def test_reads_descriptors_of_every_type(manifest: Manifest) -> None:
    rows = np.arange(256, dtype=np.uint8).reshape(2, 128)
    for kind, data in (
        (features_pb2.DESCRIPTOR_TYPE_UINT8, rows.tobytes()),
        (features_pb2.DESCRIPTOR_TYPE_FLOAT32, rows.astype("<f4").tobytes()),
    ):
        local = features_pb2.LocalFeatures(count=2, dimension=128, type=kind, descriptors=data)
        features = features_pb2.Features(local_features=local, extractor_digest=manifest.extractor_digest)
        np.testing.assert_array_equal(from_features(features, manifest), rows)


def test_reads_one_vector_for_a_global_model(manifest: Manifest) -> None:
    for_one = manifest.model_copy(update={"features": "global", "dimension": 3})
    vector = features_pb2.GlobalFeatures(values=[1, 2, 3])
    features = features_pb2.Features(global_features=vector, extractor_digest=manifest.extractor_digest)
    assert from_features(features, for_one).tolist() == [[1, 2, 3]]
    vector.values[1] = float("nan")
    features = features_pb2.Features(global_features=vector, extractor_digest=manifest.extractor_digest)
    with pytest.raises(FeaturesMismatch, match="not finite numbers"):
        from_features(features, for_one)
    with pytest.raises(FeaturesMismatch, match="the model needs local features"):
        from_features(features, manifest)


def test_describes_a_model(manifest: Manifest) -> None:
    model = to_model(describe(manifest))
    assert (list(model.labels), model.extractor, model.encoder) == (list(LABELS), "rootsift", "mean")
    assert (model.has_coreml, len(model.fingerprint)) == (False, 64)


def test_labels_described_later_are_served_without_a_restart(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    store = ModelStore(tmp_path, load_model)
    store.refresh()
    assert store.get("patterns").loaded.meanings == {}
    for name in ("The grid", "A grid"):
        meanings = {"grid": {"name": name}}
        update_bundle(folder, read_bundle(folder), {layout.LABELS: to_bytes(meanings)}, {})
        store.refresh()
        assert store.get("patterns").loaded.meanings == meanings


def test_a_bundle_that_describes_a_label_it_does_not_have_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path, meanings={"unknown": {"name": "Nothing"}})
    with pytest.raises(BundleError, match=f"{layout.LABELS}: unknown: the model has no such label"):
        load_model(read_bundle(folder), folder)
