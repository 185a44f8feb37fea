"""The recipe for signs, from a flat folder to server, phone and explanation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from bundle import layout
from cli.main import run_command
from explanation.recognizer import open_recognizer
from export.model import ExportedModel, export_model
from export.phone.package import export_package
from export.pipeline import Pipeline, read_pipeline
from export.single import export_graph
from tests.support.signs import SIGNS, sign, write_signs
from training.imagesets.imageset import read_image_set
from training.model import TrainedModel
from training.recipe import load_recipe
from training.trainer import train
from vision.answers import recognized

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainedModel, ExportedModel]:
    root = tmp_path_factory.mktemp("signs")
    image_set = read_image_set(write_signs(root / "photos", 6))
    model = train(image_set, load_recipe("digits"), root / "cache")
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return model, export_model(model, image_set, (), root / "models", "signs", created)


@pytest.fixture
def pipeline(signs: tuple[TrainedModel, ExportedModel]) -> Pipeline:
    return read_pipeline(signs[1].folder)


def test_signs_are_told_apart_where_they_are_and_elsewhere(
    signs: tuple[TrainedModel, ExportedModel],
) -> None:
    model, written = signs
    assert model.labels == tuple(sorted(SIGNS))
    assert model.metrics.accuracy == 1
    assert model.served.photographs is not None
    assert model.served.photographs.right.value >= 0.9
    assert written.manifest.metrics["moved_accuracy"] == model.served.photographs.right.value
    assert "photographed_accuracy" not in written.manifest.metrics
    page = (written.folder / layout.PAGE).read_text()
    assert "right when moved" in page
    assert "framed and on a wall" not in page


def test_a_moved_sign_keeps_its_label_and_no_sign_has_none(pipeline: Pipeline) -> None:
    manifest = pipeline.manifest

    def answered(pixels: np.ndarray) -> str | None:
        found = recognized(pipeline.probabilities(pipeline.descriptors(pixels)), manifest.threshold)
        return None if found is None else manifest.labels[found]

    for letter in SIGNS:
        drawn = 255 - sign(letter, 90)
        wide = cv2.copyMakeBorder(drawn, 4, 30, 30, 4, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        assert answered(np.asarray(wide, np.uint8)) == letter
    assert answered(np.full((64, 64, 3), 200, np.uint8)) is None
    assert answered(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)) is None


def test_phone_and_single_graph_answer_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    samples = [(letter, sign(letter, seed)) for letter in SIGNS for seed in (50, 51)]
    package = export_package(pipeline, samples, output=tmp_path / "signs.mlpackage")
    graph = export_graph(pipeline, samples, tmp_path / "signs.onnx")
    for parity in (package.parity, graph.parity):
        assert parity.same_label == parity.pictures >= len(samples)
        assert parity.max_probability_difference <= 1e-5


def test_explains_what_agrees_with_the_best_templates(
    signs: tuple[TrainedModel, ExportedModel], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, written = signs
    cv2.imwrite(str(tmp_path / "s.png"), sign("S", 60))
    drawn = tmp_path / "drawn.png"
    models = str(written.folder.parents[1])
    asked = ["templates", str(tmp_path / "s.png"), "--model", "signs", "--models", models]
    assert run_command([*asked, "--output", str(drawn), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    best, second = found["templates"]
    assert (found["label"], best["label"]) == ("S", "S")
    assert best["shared"] > second["shared"]
    ink = np.array(found["ink"])
    assert best["shared"] + best["surplus"] == pytest.approx(ink.sum(), abs=1e-3)
    template = model.estimator.templates_[model.labels.index("S")].reshape(ink.shape)
    assert best["missing"] == pytest.approx(template[ink == 0].sum(), abs=1e-3)
    picture = cv2.imread(str(drawn))
    assert picture.shape[0] * 5 == pytest.approx(picture.shape[1] * 2, rel=0.2)
    green = (picture == (87, 139, 46)).all(axis=2)
    assert green.sum() > 1000
    # A large picture is reduced as a service reduces it, before it is stretched: the same cells are ink.
    large = np.full((700, 1000, 3), 255, np.uint8)
    large[300:620, 600:920] = cv2.resize(sign("S", 60), (320, 320), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "s.png"), large)
    assert run_command([*asked, "--output", str(drawn), "--json"]) == 0
    ink = np.array(json.loads(capsys.readouterr().out)["ink"])
    served = open_recognizer(written.folder).look((tmp_path / "s.png").read_bytes())
    np.testing.assert_array_equal(ink.ravel(), served.rows.ravel())
    assert run_command([*asked, "--output", str(drawn)]) == 0
    answered = capsys.readouterr().out
    assert "s.png: S (threshold " in answered
    assert "not recognised" not in answered


def test_refuses_to_explain_another_kind_of_model(
    picture_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "s.png"), sign("S", 60))
    models = str(picture_bundle.parents[1])
    assert run_command(["templates", str(tmp_path / "s.png"), "--model", "patterns", "--models", models]) == 2
    assert "patterns: dense_sift with logistic_regression cannot be drawn" in capsys.readouterr().err
