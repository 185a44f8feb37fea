"""The network of the recipe `mlp`, small: its losses are in the report, and all run times agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bundle import layout
from export.model import export_model
from export.phone.package import export_package
from export.pipeline import read_pipeline
from tests.support.signs import write_signs
from training.imagesets.imageset import read_image_set
from training.recipe import load_recipe, parse_recipe
from training.trainer import train
from vision.picture import decode

pytestmark = pytest.mark.slow

SMALL = """
extractor = {name = "pixels+color_moments", pixels.side_px = 8, color_moments.side_px = 32}
encoders = [{name = "vector"}]
classifiers = [{name = "mlp", hidden = 12, solver = "adam", iterations = 12, patience = 12}]
validation = {folds = 2, class_rounds = 2}
augmentation = {tested = "nothing"}
"""


def test_the_report_shows_the_loss_by_epoch(tmp_path: Path) -> None:
    image_set = read_image_set(write_signs(tmp_path / "photos", 6))
    model = train(image_set, parse_recipe(SMALL, "small", "small"), tmp_path / "cache")
    assert model.served.photographs is None
    created = datetime(2026, 1, 1, tzinfo=UTC)
    written = export_model(model, image_set, (), tmp_path / "models", "network", created)
    assert written.parity.max_probability_difference <= 1e-5
    losses = json.loads((written.folder / layout.METRICS).read_text())["losses"]
    assert len(losses) == 12
    # Two pictures of 24 would not show all four classes: nothing validates.
    assert all(each["validation"] is None for each in losses)
    assert losses[-1]["training"] < losses[0]["training"]
    assert f"12 epochs: training {losses[-1]['training']:.3f}" in (written.folder / layout.PAGE).read_text()
    assert (written.folder / layout.REPORT / "loss.png").is_file()
    pipeline = read_pipeline(written.folder)
    photos = [
        (each.path, decode((image_set.root / each.path).read_bytes()).pixels)
        for each in image_set.pictures[::6]
    ]
    package = export_package(pipeline, photos, output=tmp_path / "network.mlpackage")
    assert package.parity.max_probability_difference <= 1e-4


def test_the_recipe_that_ships_trains_by_epochs() -> None:
    recipe = load_recipe("mlp")
    [classifier] = recipe.classifiers
    assert (classifier.name, getattr(classifier, "solver", None)) == ("mlp", "adam")
    assert recipe.create_extractor().dimension > 1000
