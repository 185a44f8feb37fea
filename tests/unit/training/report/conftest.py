"""A trained model and its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from tests.support.once import computed_once
from tests.unit.training.report.pages import Page, report
from training.evaluation.answers import NOT_RECOGNIZED
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.trainer import train
from training.verification.learning import LearntVerification
from vision.matching import Exemplars

RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = [8, 16], components = 16}]
classifiers = [{name = "linear_svm"}, {name = "knn"}]
validation = {folds = 2, class_rounds = 4}
"""
ODD = ("<b>&amp;", "$x_^$", "北斎", "rocket")


@pytest.fixture(scope="session")
def model(
    image_set: ImageSet, new_cache: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> TrainedModel:
    return computed_once(
        tmp_path_factory,
        "reported",
        lambda: train(image_set, parse_recipe(RECIPE, "small", "small"), new_cache()),
    )


@pytest.fixture(scope="session")
def files(
    model: TrainedModel, image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    return computed_once(tmp_path_factory, "report", lambda: report(model, image_set))


@pytest.fixture(scope="session")
def page(files: Mapping[str, bytes]) -> Page:
    return Page(files[layout.PAGE])


@pytest.fixture(scope="session")
def odd_page(model: TrainedModel, image_set: ImageSet) -> Page:
    """The report of a model that makes no mistake, with odd labels, sizes, and doubtful verification."""
    perfect = np.full_like(model.probabilities, 0.01)
    perfect[np.arange(24), image_set.targets] = 0.97
    odd = replace(
        model,
        labels=ODD,
        probabilities=perfect,
        standings=tuple(replace(each, size_bytes=123_456) for each in model.standings),
        verification=LearntVerification(
            Exemplars((), "uint8"), 20, 0.25, 40, ("coffee",), (), np.full(24, NOT_RECOGNIZED)
        ),
    )
    content = report(odd, image_set)[layout.PAGE]
    assert b"<b>&amp;<" not in content
    return Page(content)
