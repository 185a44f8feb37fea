"""scikit-learn, onnxruntime and Core ML asked about the same pictures, and what the bundle tells of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from bundle import layout
from bundle.folder import file_digest, read_bundle
from cli.main import run_command
from export.classifier.graph import build_classifier
from export.errors import ParityError
from export.model import ExportedModel, export_model
from export.parity.reference import MAX_REFERENCES, read_reference, reference_file
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.trainer import train

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
RECIPE = """
extractor = {name = "dense_sift", side_px = 64, cells_px = [8]}
encoders = [{name = "bovw", words = 20}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""


@pytest.fixture(scope="module")
def model(image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train(image_set, parse_recipe(RECIPE, "small", "small"), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def trained(
    model: TrainedModel, image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory
) -> ExportedModel:
    return export_model(model, image_set, (), tmp_path_factory.mktemp("models"), "small", CREATED)


@pytest.fixture
def models(trained: ExportedModel, tmp_path: Path) -> Path:
    copytree(trained.folder, tmp_path / "models" / "small" / "1")
    return tmp_path / "models"


def export(models: Path, *arguments: str) -> int:
    return run_command(["export", "small", "--to", "coreml", "--models", str(models), *arguments])


def test_a_bundle_keeps_what_scikit_learn_said(trained: ExportedModel, model: TrainedModel) -> None:
    reference = read_reference(trained.folder)
    assert reference is not None
    assert layout.REFERENCE in trained.manifest.files
    known = reference(model.descriptors.of(3))
    assert known is not None
    assert known.sum() == pytest.approx(1)
    assert reference(model.descriptors.of(3) + 1) is None


def test_keeps_a_thousand_answers_of_many(tmp_path: Path) -> None:
    answers = [(np.full((1, 4), number, np.float32), np.array([0.25, 0.75])) for number in range(1500)]
    (tmp_path / layout.GOLDEN).mkdir()
    (tmp_path / layout.REFERENCE).write_bytes(reference_file(answers))
    reference = read_reference(tmp_path)
    assert reference is not None
    assert sum(reference(given) is not None for given, _ in answers) == MAX_REFERENCES


def test_compares_three_run_times_on_every_picture_and_at_the_edges(
    models: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(models, "--parity", str(image_folder), "--json") == 0
    parity = json.loads(capsys.readouterr().out)["parity"]
    groups = {group["group"]: group for group in parity["groups"]}
    for name in ("pictures", "golden files", "a black picture", "noise", "the smallest picture"):
        for run_time in ("scikit_learn", "core_ml"):
            assert groups[name][run_time]["asked"] == groups[name]["pictures"], name
            assert groups[name][run_time]["max_probability_difference"] <= 1e-4, name
    assert (groups["pictures"]["pictures"], groups["golden files"]["pictures"]) == (24, 4 + 6)
    assert parity["same_label"] == 1


def test_a_folder_without_pictures_compares_nothing_and_is_refused(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "notes.txt").write_text("no picture")
    assert export(models, "--parity", str(folder)) == 2
    assert capsys.readouterr().err == f"{folder}: no pictures in this folder.\n"
    assert not list(models.rglob("*.mlpackage"))


def test_a_bundle_is_verified_once_for_an_export(
    models: Path, image_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def counted(path: Path) -> str:
        verified.append(path.name)
        return file_digest(path)

    monkeypatch.setattr("bundle.folder.file_digest", counted)
    assert export(models, "--parity", str(image_folder)) == 0
    assert verified.count(layout.CLASSIFIER) == 1


def test_the_report_tells_of_all_three(
    models: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = models / "small" / "1" / layout.PAGE
    assert "ONNX against scikit-learn" in page.read_text()
    assert "Core ML against ONNX" not in page.read_text()
    for _ in range(2):  # A second export replaces what the first one told.
        assert export(models, "--parity", str(image_folder)) == 0
        assert page.read_text().count("Core ML against ONNX") == 1
    read_bundle(models / "small" / "1")
    got = json.loads(page.with_name("parity.json").read_text())
    assert {each["way"] for each in got["resampling"]} >= {"stretched (scaleFill), nearest"}
    assert all(each["pictures"] == 24 for each in got["resampling"])
    assert "cropped to the centre (centreCrop)" in page.read_text()
    assert "stretched (scaleFill), bilinear" in capsys.readouterr().out


def test_a_wrong_graph_stops_the_export_and_names_the_picture(
    models: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = models / "small" / "1"
    graph = onnx.load(bundle / layout.CLASSIFIER)
    weights = next(each for each in graph.graph.initializer if each.name.endswith("weights"))
    wrong = numpy_helper.to_array(weights)[:, ::-1]
    weights.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(wrong), weights.name))
    content = graph.SerializeToString()
    (bundle / layout.CLASSIFIER).write_bytes(content)
    manifest = json.loads((bundle / layout.MANIFEST).read_text())
    manifest["files"][layout.CLASSIFIER] = hashlib.sha256(content).hexdigest()
    (bundle / layout.MANIFEST).write_text(json.dumps(manifest))
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}

    assert export(models, "--parity", str(image_folder)) == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "astronaut/0.jpg: onnxruntime answers" in line
    assert "scikit-learn answers" in line
    assert line.endswith("Nothing was written.")
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before


def test_a_wrong_graph_stops_the_training_and_names_the_picture(
    model: TrainedModel, image_set: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drifted(right: TrainedModel) -> onnx.ModelProto:
        sharper = replace(right.calibration, sharpness=right.calibration.sharpness * 1.01)
        return build_classifier(replace(right, calibration=sharper))

    monkeypatch.setattr("export.model.build_classifier", drifted)
    with pytest.raises(ParityError, match=r"astronaut/0\.jpg: a probability of onnxruntime differs by"):
        export_model(model, image_set, (), tmp_path / "models", "small", CREATED)
    assert not (tmp_path / "models").exists()
