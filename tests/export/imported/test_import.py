"""`lienzo import`, from a file to answers of the services and of the phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bundle import layout
from bundle.folder import read_bundle
from bundle.meanings import read_meanings
from cli.main import run_command
from explanation.recognizer import open_recognizer
from export.errors import ExportError
from export.imported.preprocessing import preprocessing_of
from export.imported.understanding import understand
from export.phone.package import export_package
from export.pipeline import read_pipeline
from export.single import export_graph
from services.classification.classifier import load_classifier
from services.features.extraction import load_extractor
from tests.support.imported import brightness, depthwise, residual, save_model
from vision.picture import decode

pytestmark = pytest.mark.slow

SHADES = {"red": (200, 60, 60), "green": (70, 190, 70), "blue": (50, 60, 210)}


@pytest.fixture(scope="module")
def shades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one colour with noise, a folder per label, and grey ones that are strangers."""
    root, rng = tmp_path_factory.mktemp("shades"), np.random.default_rng(0)
    for label, shade in {**SHADES, "grey": (128, 128, 128)}.items():
        (root / label).mkdir()
        for number in range(8):
            pixels = np.clip(np.array(shade) + rng.normal(0, 20, (30, 50, 3)) + rng.normal(0, 15), 0, 255)
            cv2.imwrite(str(root / label / f"{number}.png"), pixels[..., ::-1].astype(np.uint8))
    return root


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.txt"
    file.write_text("".join(f"{label}\n" for label in SHADES))
    return file


def imported(*arguments: str, models: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = run_command(["import", *arguments, "--models", str(models)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_calibrated_model_is_served_evaluated_and_exported(
    shades: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, models = save_model(brightness(), tmp_path, "channels"), tmp_path / "models"
    given = (str(file), "--labels", str(labels), "--preprocess", "unit size=24", "--calibrate", str(shades))
    status, out, err = imported(*given, "--json", models=models, capsys=capsys)
    found = json.loads(out)
    assert status == 0
    assert 'Input "picture": NCHW, 24×24, rgb.' in err
    assert "ms a picture on one core" in err
    assert found["understood"]["classes"] == 3
    assert found["metrics"]["calibrated_accuracy"] == 1
    assert 1 / 3 < found["threshold"] < 1
    folder = Path(found["model"]["folder"])
    manifest = read_bundle(folder)
    assert manifest.training_data is None
    assert manifest.extractor.parameters["layout"] == "NCHW"

    assert run_command(["evaluate", "channels", str(shades), "--models", str(models), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["accuracy"], scores["count"]) == (1.0, 24)
    assert scores["strangers"]["count"] == 8

    pipeline = read_pipeline(folder)
    photos = [(each.name, decode(each.read_bytes()).pixels) for each in sorted(shades.glob("*/0.png"))]
    package = export_package(pipeline, photos, output=tmp_path / "channels.mlpackage")
    graph = export_graph(pipeline, photos, tmp_path / "whole.onnx")
    assert package.parity.same_label == package.parity.pictures == 4
    assert package.parity.max_probability_difference <= 1e-4
    assert graph.parity.max_probability_difference <= 1e-5

    # The middle is red, as the largest central square shows it; there is more blue beside it.
    wide = np.full((100, 400, 3), SHADES["blue"][::-1], np.uint8)
    wide[:, 150:250] = SHADES["red"][::-1]
    cv2.imwrite(str(tmp_path / "wide.png"), wide)
    run = ["coreml", "run", str(tmp_path / "channels.mlpackage"), "--image", str(tmp_path / "wide.png")]
    assert run_command([*run, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert max(answer["probabilities"], key=answer["probabilities"].get) == "red"
    served = open_recognizer(folder)
    expected = served.probabilities(served.look((tmp_path / "wide.png").read_bytes()).picture.pixels)
    found = [answer["probabilities"][label] for label in SHADES]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_without_calibration_every_picture_gets_the_models_own_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, names = save_model(depthwise(classes=3), tmp_path, "mobile net!"), tmp_path / "names.txt"
    names.write_text("a\na\nb\n")
    status, _, err = imported(str(file), "--labels", str(names), models=tmp_path / "models", capsys=capsys)
    assert status == 0
    assert "labels that occur twice were numbered: a (2)" in err
    assert "scores, its own softmax turns into probabilities" in err
    assert "Not calibrated, every picture gets an answer" in err
    manifest = read_bundle(tmp_path / "models" / "mobile-net-" / "1")
    assert (manifest.labels, manifest.threshold, manifest.metrics) == (("a", "a (2)", "b"), 0, {})
    extractor = load_extractor(manifest, tmp_path / "models" / "mobile-net-" / "1").extractor
    classifier = load_classifier(manifest, tmp_path / "models" / "mobile-net-" / "1")
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    rows = np.asarray(extractor.extract(pixels).rows, np.float32)
    probabilities = classifier.probabilities(rows)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    powers = np.exp(rows[0] - rows[0].max())
    np.testing.assert_allclose(probabilities, powers / powers.sum(), atol=1e-6)


def test_a_threshold_can_be_given_where_there_are_no_pictures_to_find_it(
    shades: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (str(save_model(brightness(), tmp_path)), "--labels", str(labels), "--preprocess", "unit size=24")
    status, _, err = imported(*given, "--threshold", "0.4", models=tmp_path / "models", capsys=capsys)
    assert (status, "Not calibrated, below 0.4 not recognised: --calibrate" in err) == (0, True)
    assert read_bundle(tmp_path / "models" / "model" / "1").threshold == 0.4
    both = ("--threshold", "0.4", "--calibrate", str(shades))
    status, _, err = imported(*given, *both, models=tmp_path / "models", capsys=capsys)
    assert (status, "calibration finds the threshold" in err, err.count("\n")) == (2, True, 1)
    assert not (tmp_path / "models" / "model" / "2").exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ((), "its size is open; give it, such as --preprocess 'imagenet size=224'"),
        (
            ("--preprocess", "imagnet"),
            "--preprocess imagnet: one of imagenet, clip",
        ),
        (("--preprocess", "unit size=24", "--name", "a/b"), '"a/b" is not a model name'),
        (("--preprocess", "unit size=24"), "2 labels, but the model has 3 classes"),
    ],
)
def test_what_is_refused_is_one_line_and_nothing_is_written(
    more: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, labels = save_model(brightness(), tmp_path), tmp_path / "two.txt"
    labels.write_text("a\nb\n")
    status, out, err = imported(
        str(file), "--labels", str(labels), *more, models=tmp_path / "models", capsys=capsys
    )
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert not (tmp_path / "models").exists()


def test_a_model_of_whole_numbers_is_told_to_be_given_pixels_as_they_are(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, models = save_model(whole_numbers(), tmp_path, "whole"), tmp_path / "models"
    given = (str(file), "--labels", str(labels))
    status, _, err = imported(*given, models=models, capsys=capsys)
    assert status == 2
    assert 'input "picture" is uint8' in err
    assert "--preprocess raw" in err
    assert imported(*given, "--preprocess", "raw color=bgr", models=models, capsys=capsys)[0] == 0


def whole_numbers() -> Any:
    """A model that takes pixels as bytes and prepares them itself."""
    from onnx import TensorProto

    from tests.support.imported import Network

    made = Network()
    floats = made.add("Cast", "picture", to=TensorProto.FLOAT)
    scores = made.dense(made.pooled(made.conv(floats, 3, 4)), 4, len(SHADES))
    model = made.model({scores: [1, len(SHADES)]}, [1, 3, 24, 24], TensorProto.UINT8)
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def test_what_labels_mean_is_imported_with_the_model(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, models, meanings = (
        save_model(brightness(), tmp_path),
        tmp_path / "models",
        tmp_path / "meanings.csv",
    )
    label = "red"
    meanings.write_text(f"label,name,name_es\n{label},First,Primera\n")
    given = (str(file), "--labels", str(labels), "--preprocess", "unit size=24", "--name", "shades")
    assert imported(*given, "--meanings", str(meanings), models=models, capsys=capsys)[0] == 0
    folder = models / "shades" / "1"
    assert read_meanings(read_bundle(folder), folder) == {label: {"name": "First", "name_es": "Primera"}}
    for refused, problem in {
        "label,name\nnobody,First\n": "nobody: the model has no such label",
        "label,parent\nred,warm\nwarm,red\n": "red: parent: it belongs to itself: red → warm → red",
        "label,parent\nred,wram\nwarm,\n": "red: parent: no label or group is named wram; did you mean warm?",
    }.items():
        meanings.write_text(refused)
        status, _, err = imported(*given, "--meanings", str(meanings), models=models, capsys=capsys)
        assert (status, problem in err, err.splitlines()[-1].count(problem)) == (2, True, 1)
    assert not (models / "shades" / "2").exists()


def test_calibration_wants_pictures_of_the_labels(
    image_folder: Any, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save_model(brightness(), tmp_path)
    given = (
        str(file),
        "--labels",
        str(labels),
        "--preprocess",
        "unit size=24",
        "--calibrate",
        str(image_folder),
    )
    status, _, err = imported(*given, models=tmp_path / "models", capsys=capsys)
    assert status == 2
    assert "0 readable pictures of 0 labels; it needs a folder for each of two labels or more" in err
    assert not (tmp_path / "models").exists()


def test_the_process_that_reads_has_little_memory_and_time(tmp_path: Path) -> None:
    file = save_model(residual(), tmp_path)
    with pytest.raises(ExportError, match="GiB of memory"):
        understand(file, preprocessing_of("unit"), memory_bytes=300 * 2**20)
    with pytest.raises(ExportError, match="more than 1 seconds of a core"):
        understand(save_model(slow_model(), tmp_path, "slow"), preprocessing_of("unit"), cpu_s=1)
    with pytest.raises(ExportError, match="needs more than 3 GiB of memory"):
        understand(save_model(hungry_model(), tmp_path, "hungry"), preprocessing_of("unit"))


def hungry_model() -> Any:
    """A model of a few bytes that fills 80 GB when it runs."""
    from tests.support.imported import Network

    made = Network()
    filled = made.add("ConstantOfShape", made.constant(np.array([200_000, 100_000])))
    mean = made.add("ReduceMean", "picture", axes=[2, 3], keepdims=0)
    sums = made.add("Add", mean, made.add("ReduceMean", filled, keepdims=0))
    return made.model({sums: [1, 3]}, [1, 3, 16, 16])


def slow_model() -> Any:
    """A model that multiplies large matrices for a long time."""
    from tests.support.imported import Network

    made = Network()
    value = made.add("Reshape", made.conv("picture", 3, 256, stride=1), made.constant(np.array([1024, 1024])))
    for _ in range(2000):
        value = made.add("Tanh", made.add("MatMul", value, value))
    mean = made.add("ReduceMean", value, axes=[0], keepdims=1)
    scores = made.dense(mean, 1024, 4)
    return made.model({scores: [1, 4]}, [1, 3, 64, 64])


def test_the_names_of_the_bundles_files_are_the_usual_ones(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (str(save_model(brightness(), tmp_path)), "--labels", str(labels), "--preprocess", "unit size=24")
    assert imported(*given, models=tmp_path / "models", capsys=capsys)[0] == 0
    folder = tmp_path / "models" / "model" / "1"
    assert set(read_bundle(folder).files) == {layout.FEATURES, layout.CLASSIFIER}
