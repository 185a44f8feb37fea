"""A recipe that holds a share of the pictures out, from training to the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cli.output.training import verdict_lines
from training.errors import RecipeError
from training.evaluation.answers import Share
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.report import Provenance, report_files
from training.summary import model_summary
from training.trainer import train

RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "bovw", words = [10, 20]}]
classifiers = [{name = "linear_svm"}]
validation = {split = 0.34, class_rounds = 2}
verification = {exemplars = 1, keypoints = 60}
"""


@pytest.fixture(scope="module")
def model(image_set: ImageSet, new_cache: Callable[[], Path]) -> TrainedModel:
    return train(image_set, parse_recipe(RECIPE, "held", "held"), new_cache())


@pytest.mark.slow
def test_a_share_of_nearly_all_is_not_told_as_all(model: TrainedModel) -> None:
    nearly = replace(model, served=replace(model.served, others_refused=Share(319, 320)))
    told = " ".join(verdict_lines(nearly, "held", 1, Path("folder")))
    assert "refuses 99.7 % of strangers" in told


@pytest.mark.slow
def test_figures_are_those_of_the_held_out_pictures(model: TrainedModel, image_set: ImageSet) -> None:
    asked = model.asked
    assert np.bincount(image_set.targets[asked]).tolist() == [2, 2, 2, 2]
    assert [each.support for each in model.metrics.per_label] == [2, 2, 2, 2]
    assert np.isnan(np.delete(model.probabilities, asked, axis=0)).all()
    right = model.probabilities[asked].argmax(axis=1) == image_set.targets[asked]
    assert model.metrics.accuracy == pytest.approx(right.mean())
    assert model.metrics.fold_accuracies == (model.metrics.accuracy,)
    low, high = model.metrics.accuracy_interval
    assert high - low > 0.3  # of eight pictures little can be said
    assert model.served.pictures.right.count == 8
    photographs = model.served.photographs
    assert photographs is not None
    assert photographs.right.count <= 8
    assert len(model.open_set.known) == 8
    assert (model.open_set.left_out, len(model.features)) == (24, 24)
    assert model.verification is not None
    assert len(model.verification.verified) == 8
    taught = model.taught(int(model.folds[asked[0]]))
    assert sorted([*np.flatnonzero(taught), *asked]) == list(range(24))
    assert {each.deviation for each in model.compared} == {0.0}
    assert model_summary(model, image_set)["held_out"] == 8


@pytest.mark.slow
def test_people_are_told_how_many_were_held_out(model: TrainedModel, image_set: ImageSet) -> None:
    lines = verdict_lines(model, "held", 1, Path("folder"))
    assert any("on 8 held-out pictures" in each for each in lines)
    # Every mistake in the page is one about a held-out picture, and is like one that was learnt from.
    wrong = model.probabilities.copy()
    wrong[model.asked] = np.roll(wrong[model.asked], 1, axis=1)
    page = report_files(replace(model, probabilities=wrong), image_set, (), Provenance("held", {}, {}))
    text = page["report/index.html"].decode()
    assert "measured by\non 8 pictures that were held out" in text.replace("were measured by", "measured by")
    assert "fold cross-validation" not in text


def test_folds_and_a_split_exclude_each_other() -> None:
    both = RECIPE.replace("split = 0.34", "split = 0.34, folds = 3")
    with pytest.raises(RecipeError, match="validation has both folds and split"):
        parse_recipe(both, "both", "both")
    with pytest.raises(RecipeError, match=r"validation\.split should be less than or equal to 0\.5"):
        parse_recipe(RECIPE.replace("0.34", "0.9"), "much", "much")
