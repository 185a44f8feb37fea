"""The recipe `cnn`, small, from drawn signs to the phone: all run times agree, and the report shows it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from explanation.explain import explain_answer
from explanation.recognizer import open_recognizer
from explanation.stages import read_interior
from export.model import ExportedModel, export_model
from export.phone.package import export_package
from export.pipeline import read_pipeline
from tests.support.signs import write_signs
from training.imagesets.imageset import ImageSet, read_image_set
from training.model import TrainedModel
from training.recipe import load_recipe, parse_recipe
from training.trainer import train
from vision.picture import decode

pytestmark = pytest.mark.slow

SMALL = """
extractor = {name = "pixels", side_px = 16, channels = "rgb"}
encoders = [{name = "vector", scaling = "none"}]
validation = {folds = 2, class_rounds = 2}
augmentation = {tested = "nothing"}

[[classifiers]]
name = "cnn"
widths = [[8, 16, 32]]
depth = 2
epochs = 6
learning_rate = 0.05
flip = false
crop = 0.05
zoom = 0.05
"""


@dataclass(frozen=True)
class Made:
    """A trained network, and its bundle."""

    image_set: ImageSet
    model: TrainedModel
    written: ExportedModel
    lines: list[str]
    waited: list[bool]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("signs")
    image_set = read_image_set(write_signs(folder / "photos", 6))
    lines: list[str] = []
    waited: list[bool] = []
    began = threading.Event()

    def tell(line: str) -> None:
        lines.append(line)
        if line.startswith("all pictures:"):
            began.set()
        elif line.startswith("fold 1 of 2:"):
            waited.append(began.wait(60))

    model = train(
        image_set,
        parse_recipe(SMALL, "small", "small"),
        folder / "cache",
        jobs=2,
        tell=tell,
        checkpoints=folder / "checkpoints",
    )
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return Made(
        image_set, model, export_model(model, image_set, (), folder / "models", "net", created), lines, waited
    )


def test_onnxruntime_and_core_ml_answer_as_pytorch(made: Made, tmp_path: Path) -> None:
    parity = made.written.parity
    assert parity.same_label == parity.pictures >= 24
    assert parity.max_probability_difference <= 1e-5
    photos = [
        (each.path, decode((made.image_set.root / each.path).read_bytes()).pixels)
        for each in made.image_set.pictures[::5]
    ]
    package = export_package(read_pipeline(made.written.folder), photos, output=tmp_path / "net.mlpackage")
    assert package.parity.same_label == package.parity.pictures
    assert package.parity.max_probability_difference <= 1e-4


def test_every_network_tells_of_every_epoch(made: Made) -> None:
    titles = [line.partition(":")[0] for line in made.lines]
    left_out = [f"left-out labels {number} of 4" for number in range(1, 5)]
    assert {each: titles.count(each) for each in titles} == dict.fromkeys(
        ["fold 1 of 2", "fold 2 of 2", *left_out, "all pictures"], 6
    )


def test_the_network_that_is_kept_learns_while_others_are_tested(made: Made) -> None:
    assert made.waited == [True] * 6  # a fold's network ends no epoch before it has ended one


def test_the_manifest_says_how_the_network_was_trained(made: Made) -> None:
    manifest = made.written.manifest
    assert manifest.classifier.name == "cnn"
    assert manifest.classifier.parameters["widths"] == [8, 16, 32]
    assert manifest.extractor.name == "pixels"
    assert "torch" in manifest.versions
    assert made.model.metrics.accuracy > 0.35  # of four labels, with a dozen pictures learnt from
    assert 0 < manifest.threshold < 1


@pytest.mark.parametrize("name", ["cnn", "cnn-small", "cnn-large"])
def test_the_recipes_that_ship_train_three_times_the_work_of_one_network(name: str) -> None:
    recipe = load_recipe(name)
    [network] = recipe.networks
    assert network.layers == ("plain" if name == "cnn-small" else "residual")
    assert (recipe.validation.split, recipe.validation.class_rounds) == (0.2, 2)
    assert recipe.create_extractor().dimension == 3 * 32 * 32


def test_the_report_has_losses_and_accuracies_by_epoch(made: Made) -> None:
    losses = json.loads((made.written.folder / layout.METRICS).read_text())["losses"]
    assert len(losses) == 6
    assert losses[-1]["training"] < losses[0]["training"]
    accuracies = json.loads((made.written.folder / layout.METRICS).read_text())["accuracies"]
    assert accuracies[-1]["training"] > accuracies[0]["training"]
    assert (made.written.folder / layout.REPORT / "accuracy_by_epoch.png").is_file()


def test_the_report_shows_changed_pictures_filters_and_maps(made: Made) -> None:
    page = (made.written.folder / layout.PAGE).read_text()
    assert "One picture, changed in eight ways as in training" in page
    assert "8 filters of 3 × 3 pixels; grey is 0." in page
    for number, (count, side) in enumerate(((8, 16), (16, 8), (16, 8), (32, 4), (32, 4)), 1):
        assert f"Layer {number}: {count} of {count} maps of {side} × {side}" in page


def test_an_explanation_shows_filters_maps_and_what_the_answer_rests_on(made: Made) -> None:
    picture = made.image_set.pictures[0]
    recognizer = open_recognizer(made.written.folder)
    data = (made.image_set.root / picture.path).read_bytes()
    explanation = explain_answer(data, "photo", recognizer)
    parts = {each.name: each for each in explanation.parts}
    assert parts["network"].facts["filters"] == [8, 3, 3, 3]
    assert [each["side"] for each in parts["network"].facts["maps"]] == [
        [side, side] for side in (16, 8, 8, 4, 4)
    ]
    assert "support" in parts
    interior = read_interior((made.written.folder / layout.CLASSIFIER).read_bytes())
    for ours, theirs in zip(
        interior.maps(made.model.features[:1]),
        made.model.estimator.maps(made.model.features[:1]),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
