"""Several extractors side by side: one search, one table, one model."""

from __future__ import annotations

import io
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from rich.console import Console

from cli.output.training import candidate_table
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.summary import model_summary
from training.trainer import train

pytestmark = pytest.mark.slow

RECIPE = """
[[extractors]]
name = "binary_pixels"
side_px = 16
[[extractors]]
name = "color_moments"
side_px = 32
grid = [1, 2]
[[encoders]]
name = "vector"
[[classifiers]]
name = "linear_svm"
C = [0.01, 0.1]
[[classifiers]]
name = "decision_tree"
depth = 1
[validation]
folds = 2
class_rounds = 2
"""


@pytest.fixture(scope="module")
def used_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def model(image_set: ImageSet, used_cache: Path) -> TrainedModel:
    return train(image_set, parse_recipe(RECIPE, "several", "several"), used_cache)


def test_every_extractor_is_compared_and_the_best_of_all_is_the_model(model: TrainedModel) -> None:
    assert model.candidate_count == model.search.candidates == len(model.compared) == 3 * 3
    assert [(each.pictures, each.candidates) for each in model.search.rounds] == [(24, 9)]
    titles = {each.candidate.extractor for each in model.standings}
    assert titles == {"binary_pixels", "color_moments, grid 1", "color_moments, grid 2"}
    assert len(model.standings) == 3 * 2
    best = model.standings[0]
    assert best.accuracy == max(each.accuracy for each in model.compared)
    assert model.candidate == best.candidate
    assert best.candidate.extractor.startswith(str(model.recipe.extractor["name"]))
    assert model.recipe.create_extractor().dimension == model.descriptors.values.shape[1]
    assert model.corrected is not None
    assert model.corrected.candidates == 9


def test_one_table_has_them_all(model: TrainedModel, image_set: ImageSet) -> None:
    console = Console(width=140, file=io.StringIO(), record=True)
    console.print(candidate_table(model))
    text = console.export_text()
    assert "extractor" in text.splitlines()[0]
    assert "color_moments, grid 2" in text
    summary = model_summary(model, image_set)
    assert {each["extractor"] for each in summary["candidates"]} == {
        each.candidate.extractor for each in model.compared
    }


def test_the_time_budget_is_shared(
    model: TrainedModel, used_cache: Path, image_set: ImageSet, tmp_path: Path
) -> None:
    hurried = parse_recipe(f"{RECIPE}\n[search]\ntime_budget_s = 0.001", "several", "several")
    copytree(used_cache, tmp_path, dirs_exist_ok=True, ignore=ignore_patterns("searches"))
    some = train(image_set, hurried, tmp_path)
    assert len({each.candidate.extractor for each in some.compared}) == 3  # each has its first candidate
    assert some.search.left_out == some.search.candidates - 3 == model.search.candidates - 3
