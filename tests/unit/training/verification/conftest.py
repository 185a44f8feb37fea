"""Photographs that ship with scikit-image, gathered with their keypoints for verification."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.once import computed_once
from training.descriptors.labelled import LabelledDescriptors
from training.gathering import gather_descriptors
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, parse_recipe

RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = 8, components = 16}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
verification = {exemplars = 2, keypoints = 60}
"""


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return parse_recipe(RECIPE, "verified", "verified")


@pytest.fixture(scope="session")
def view_cache(new_cache: Callable[[], Path]) -> Path:
    return new_cache()


@pytest.fixture(scope="session")
def gathered(
    image_set: ImageSet, recipe: Recipe, view_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> LabelledDescriptors:
    return computed_once(
        tmp_path_factory,
        "gathered",
        lambda: gather_descriptors(image_set, recipe, view_cache, seed=0, jobs=1),
    )
