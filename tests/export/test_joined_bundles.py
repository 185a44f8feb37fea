"""Bundles that join a vector for the whole picture to descriptors: training, server and phone agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from bundle.folder import read_bundle
from explanation.explain import explain_answer
from explanation.recognizer import open_recognizer
from export.model import ExportedModel, export_model
from export.phone.package import export_package
from export.pipeline import read_pipeline
from export.single import export_graph
from services.classification.classifier import load_classifier
from services.classification.convert import from_features, from_keypoints
from services.classification.verifier import load_verifier
from services.features.convert import to_features
from services.features.extraction import load_extractor
from training.classifiers import score
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.trainer import train
from vision.picture import decode

pytestmark = pytest.mark.slow

RECIPES = {
    "graphs": """
[extractor]
name = "color_histogram+dense_sift"
dense_sift = {side_px = 64, cells_px = [8]}
color_histogram = {side_px = 64, bins = 4}
[[encoders]]
name = "pca"
components = 12
behind = {name = "joined", local = {name = "bovw", words = 20, pyramid = 1}}
[[classifiers]]
name = "linear_svm"
[validation]
folds = 2
class_rounds = 2
""",
    "OpenCV and graphs": """
[extractor]
name = "rootsift+color_histogram+color_moments"
rootsift.max_side_px = 160
color_histogram = {side_px = 64, axes = 1}
color_moments.side_px = 64
[[encoders]]
name = "joined"
local = {name = "vlad", words = 6, components = 16}
weight = 0.5
[[classifiers]]
name = "linear_svm"
[validation]
folds = 2
class_rounds = 2
[verification]
exemplars = 1
keypoints = 100
""",
}
SIZES = {"graphs": 64, "OpenCV and graphs": 24 + 9}
Exported = tuple[str, ImageSet, TrainedModel, ExportedModel]


@pytest.fixture(scope="module", params=RECIPES)
def exported(
    request: pytest.FixtureRequest, image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    kind = str(request.param)
    recipe = parse_recipe(RECIPES[kind], "joined", kind)
    model = train(image_set, recipe, tmp_path_factory.mktemp("cache"))
    root = tmp_path_factory.mktemp("models")
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return kind, image_set, model, export_model(model, image_set, (), root, "model", created)


def test_the_bundle_says_what_is_joined(exported: Exported) -> None:
    kind, _, model, written = exported
    manifest = read_bundle(written.folder)
    extractor = model.recipe.create_extractor()
    assert (manifest.features, manifest.vector) == ("local", SIZES[kind])
    assert manifest.extractor.parameters == dict(extractor.parameters)
    assert manifest.encoder is not None
    # Another graph, or other descriptors beside the same one, are another extractor.
    assert manifest.extractor_digest not in (manifest.files[layout.FEATURES], manifest.extractor.digest)
    assert written.parity.same_label == written.parity.pictures
    assert model.metrics.accuracy >= 0.8


def test_the_services_answer_as_training(exported: Exported) -> None:
    _, image_set, model, written = exported
    loaded = load_extractor(written.manifest, written.folder)
    classifier = load_classifier(written.manifest, written.folder)
    verifier = load_verifier(written.manifest, written.folder)
    learnt = model.calibration.probabilities(score(model.estimator, model.features))
    for index, each in list(enumerate(image_set.pictures))[::7]:
        picture = decode((image_set.root / each.path).read_bytes(), max_side_px=loaded.extractor.max_side_px)
        found = loaded.extractor.extract(picture.pixels)
        sent = to_features(found, loaded, picture, keypoints=False, keypoint_rows=verifier is not None)
        rows = from_features(sent, written.manifest)
        np.testing.assert_array_equal(rows, model.descriptors.of(index))
        np.testing.assert_allclose(classifier.probabilities(rows), learnt[index], atol=1e-5)
        photo = from_keypoints(sent, written.manifest)
        assert (photo is None) == (verifier is None)
        assert photo is None or len(photo.features.descriptors) == len(rows) - written.manifest.vector_rows


def test_one_graph_and_the_phone_answer_the_same(exported: Exported, tmp_path: Path) -> None:
    kind, image_set, _, written = exported
    pipeline = read_pipeline(written.folder)
    samples = [
        (each.path, decode((image_set.root / each.path).read_bytes()).pixels)
        for each in image_set.pictures[::12]
    ]
    got = export_package(pipeline, samples, output=tmp_path / "model.mlpackage").parity
    assert got.same_label == got.pictures >= len(samples) + 4
    graph = export_graph(pipeline, samples, tmp_path / "model.onnx").parity
    assert graph.same_label == graph.pictures == got.pictures
    assert (pipeline.features is not None) == (kind == "graphs")
    cases = json.loads((written.folder / layout.EXPECTED).read_text())["cases"]
    assert {Path(case["input"]).suffix for case in cases} == {".png" if kind == "graphs" else ".npy"}


def test_an_answer_is_explained(exported: Exported) -> None:
    _, image_set, _, written = exported
    recognizer = open_recognizer(written.folder)
    data = (image_set.root / image_set.pictures[0].path).read_bytes()
    parts = {each.name: each for each in explain_answer(data, "photo", recognizer).parts}
    assert {"keypoints", "vector", "labels", "support"} <= parts.keys()
    assert len(parts["support"].facts["words"]) > 1
