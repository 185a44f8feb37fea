"""What a bundle keeps to verify answers with, and what people are told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from bundle.folder import read_bundle
from cli.output.training import verdict_lines
from export.model import ExportedModel, export_model
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.summary import model_summary
from training.trainer import train
from vision.matching import read_exemplars

pytestmark = pytest.mark.slow

RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = 8, components = 16}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
verification = {exemplars = 2}
"""


@pytest.fixture(scope="module")
def model(image_set: ImageSet, new_cache: Callable[[], Path]) -> TrainedModel:
    return train(image_set, parse_recipe(RECIPE, "small", "small"), new_cache())


@pytest.fixture(scope="module")
def exported(
    model: TrainedModel, image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory
) -> ExportedModel:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return export_model(model, image_set, (), tmp_path_factory.mktemp("models"), "small", created)


def test_the_bundle_keeps_exemplars_of_every_label(model: TrainedModel, exported: ExportedModel) -> None:
    manifest = read_bundle(exported.folder)
    data = (exported.folder / layout.EXEMPLARS).read_bytes()
    kept = read_exemplars(data, labels=len(manifest.labels), dimension=manifest.dimension, kind="uint8")
    assert {each.label for each in kept.all} == set(range(4))
    assert max(len(each.features) for each in kept.all) == 250
    assert len(data) <= 60_000 * len(manifest.labels)


def test_the_manifest_says_how_answers_are_verified(model: TrainedModel, exported: ExportedModel) -> None:
    got = read_bundle(exported.folder).verification
    assert got is not None
    assert model.verification is not None
    assert (got.least_points, got.lowest_probability) == (
        model.verification.least_points,
        model.verification.lowest_probability,
    )
    assert (got.ratio, got.tolerance) == (0.85, 0.01)


def test_the_figures_are_those_of_the_served_model(model: TrainedModel, exported: ExportedModel) -> None:
    metrics = read_bundle(exported.folder).metrics
    photographs = model.served.photographs
    assert photographs is not None
    assert metrics["answered"] == model.served.pictures.answered.value
    assert metrics["photographed_accuracy"] == photographs.right.value
    assert metrics["photographed_answered"] == photographs.answered.value
    assert metrics["strangers_refused"] == model.served.stated_refused.value


def test_the_summary_holds_them_with_their_intervals(model: TrainedModel, image_set: ImageSet) -> None:
    got = model_summary(model, image_set)
    assert model.verification is not None
    assert got["verification"]["least_points"] == model.verification.least_points
    low, high = got["photographed"]["answered"]["interval"]
    assert low < got["photographed"]["answered"]["value"] < high
    assert got["answered"]["count"] == 24
    assert np.mean(list(got["answered_by_label"].values())) == pytest.approx(got["answered"]["value"])
    others, drawn = got["strangers"]["others_refused"], got["strangers"]["drawn_refused"]
    assert (others["count"], drawn["count"]) == (24, 80)


def test_people_are_told_what_verifies_and_what_photographs_do(model: TrainedModel) -> None:
    first, *others = verdict_lines(model, "small", 1, Path("models"))
    lines = "\n".join(others)
    assert first.startswith("small 1: right as it is ")
    assert first.index("right when photographed") < first.index("strangers refused")
    assert first.count("–") == 3
    assert model.verification is not None
    assert f"an answer counts when {model.verification.least_points} points agree" in lines
    assert "Photographs of the pictures, framed and on drawn walls: accuracy" in lines


def test_people_are_told_when_there_is_nothing_to_verify_with(model: TrainedModel) -> None:
    lines = "\n".join(verdict_lines(replace(model, verification=None), "small", 1, Path("models")))
    assert "! Answers are not verified: no picture has enough keypoints." in lines


def test_without_verification_nothing_is_kept(
    model: TrainedModel, image_set: ImageSet, tmp_path: Path
) -> None:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    plain = export_model(replace(model, verification=None), image_set, (), tmp_path, "plain", created)
    assert plain.manifest.verification is None
    assert layout.EXEMPLARS not in plain.manifest.files
