"""Bundles whose extractor is a graph, from pictures to answers: training, server and phone agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from bundle.folder import read_bundle
from export.model import ExportedModel, export_model
from export.phone.package import export_package
from export.pipeline import read_pipeline
from lienzo_coreml.conversion import convert
from lienzo_coreml.interface import ImageInput
from lienzo_coreml.interpreter import load_model
from lienzo_coreml.storage import save_package
from services.classification.classifier import load_classifier
from services.features.extraction import load_extractor
from training.classifiers import score
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.trainer import train
from vision.graph import FeatureGraph
from vision.picture import decode

pytestmark = pytest.mark.slow

RECIPES = {
    "local": """
extractor = {name = "dense_sift", side_px = 64, cells_px = [8]}
encoders = [{name = "vlad", words = 6, components = 16, whiten = false}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
""",
    "local, turned": """
extractor = {name = "dense_sift", side_px = 64, cells_px = [6, 8]}
encoders = [{name = "vlad", words = 6, components = 16}]
classifiers = [{name = "linear_svm"}]
augmentation = {turned = true}
validation = {folds = 2, class_rounds = 2}
""",
    "local, in cells": """
extractor = {name = "dense_sift", side_px = 64, cells_px = [8]}
encoders = [{name = "bovw", words = 20, pyramid = 2}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
""",
    "global": """
extractor = {name = "color_moments+hog", border = "trim", hog.side_px = 64, color_moments.side_px = 64}
encoders = [{name = "vector"}]
classifiers = [{name = "random_forest", trees = 11}, {name = "linear_svm", C = 0.01}]
validation = {folds = 2, class_rounds = 2}
""",
}
Exported = tuple[str, ImageSet, TrainedModel, ExportedModel]


@pytest.fixture(scope="module", params=RECIPES)
def exported(
    request: pytest.FixtureRequest, image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    kind = str(request.param)
    recipe = parse_recipe(RECIPES[kind], kind, kind)
    model = train(image_set, recipe, tmp_path_factory.mktemp("cache"))
    root = tmp_path_factory.mktemp("models")
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return kind.split(",")[0], image_set, model, export_model(model, image_set, (), root, "model", created)


def test_the_bundle_carries_the_graph_of_training(exported: Exported) -> None:
    kind, _, model, written = exported
    manifest = read_bundle(written.folder)
    assert manifest.features == kind
    assert manifest.extractor_digest == manifest.files[layout.FEATURES]
    extractor = model.recipe.create_extractor()
    assert manifest.dimension == extractor.dimension
    assert manifest.extractor.parameters == extractor.parameters


def test_server_onnx_and_phone_replay_the_golden_pictures(exported: Exported, tmp_path: Path) -> None:
    _, _, _, written = exported
    pipeline = read_pipeline(written.folder)
    extractor = load_extractor(written.manifest, written.folder).extractor
    classifier = load_classifier(written.manifest, written.folder)
    phone = load_model(export_package(pipeline, [], output=tmp_path / "model.mlpackage").path)
    cases = json.loads((written.folder / layout.EXPECTED).read_text())["cases"]
    assert [case["input"] for case in cases[:4]] == [f"000{label}.png" for label in range(4)]
    assert "a_black_picture.png" in {case["input"] for case in cases}
    labels = written.manifest.labels
    for case in cases:
        square = decode((written.folder / layout.GOLDEN / case["input"]).read_bytes()).pixels
        assert isinstance(extractor, FeatureGraph)
        rows = np.asarray(extractor.extract(square).rows, np.float32)
        answer = phone.predict({"image": square})
        assert answer["label"] == case["label"]
        for found in (
            classifier.probabilities(rows),
            pipeline.probabilities(pipeline.descriptors(square)),
            [answer["probabilities"][label] for label in labels],
        ):
            np.testing.assert_allclose(found, case["probabilities"], atol=1e-4)


def test_the_server_answers_as_training(exported: Exported) -> None:
    _, image_set, model, written = exported
    extractor = load_extractor(written.manifest, written.folder).extractor
    assert isinstance(extractor, FeatureGraph)
    classifier = load_classifier(written.manifest, written.folder)
    learnt = model.calibration.probabilities(score(model.estimator, model.features))
    for index, picture in list(enumerate(image_set.pictures))[::5]:
        pixels = decode(
            (image_set.root / picture.path).read_bytes(), max_side_px=extractor.max_side_px
        ).pixels
        rows = np.asarray(extractor.extract(pixels).rows, np.float32)
        np.testing.assert_allclose(classifier.probabilities(rows), learnt[index], atol=1e-5)


def test_the_phone_takes_the_picture_and_answers_the_same(exported: Exported, tmp_path: Path) -> None:
    _, image_set, _, written = exported
    pipeline = read_pipeline(written.folder)
    labels = list(written.manifest.labels)
    package = tmp_path / "model.mlpackage"
    save_package(convert(pipeline.graph(), labels=labels, image_input=ImageInput("image")), package)
    phone = load_model(package)
    assert isinstance(pipeline.extractor, FeatureGraph)
    for picture in image_set.pictures[::12]:
        pixels = decode((image_set.root / picture.path).read_bytes(), max_side_px=512).pixels
        expected = pipeline.probabilities(pipeline.descriptors(pixels))
        answer = phone.predict({"image": pipeline.extractor.fitted(pixels)})
        [found] = [each for each in answer.values() if isinstance(each, dict)]
        np.testing.assert_allclose([found[label] for label in labels], expected, atol=1e-4)
