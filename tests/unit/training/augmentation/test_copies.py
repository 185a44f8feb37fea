"""Distorted copies: learnt from with their picture, never asked about, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.augmentation.copies import AugmentationSettings, Distortion
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.labelled import LabelledDescriptors
from training.errors import RecipeError
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.recipe import parse_recipe
from training.trainer import train

pytestmark = pytest.mark.slow

RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = 8, components = 16}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
augmentation = {copies = 2, strength = 0.5, resampling = true}
"""
HARD = Distortion(number=1, strength=1.0, resampling=True, seed=0)


def numbered(pictures: int, copy: int) -> DescriptorSet:
    """One descriptor a picture: its number, and which copy it is of."""
    rows = [np.array([[picture, copy]], np.float32) for picture in range(pictures)]
    return DescriptorSet.packed(rows, 2)


def test_copies_stay_with_their_picture_in_every_split() -> None:
    targets = np.array([0, 0, 0, 1, 1, 1])
    labelled = LabelledDescriptors(
        numbered(6, 0), targets, np.arange(6), ("a", "b"), (numbered(6, 1), numbered(6, 2))
    )
    every = labelled.unfolded()
    split = labelled.unfolded_split(Split(np.array([0, 2, 3, 5]), np.array([1, 4])))
    taught = every.descriptors.subset(split.train).values
    assert sorted(map(tuple, taught)) == [(picture, copy) for picture in (0, 2, 3, 5) for copy in (0, 1, 2)]
    assert every.descriptors.subset(split.test).values.tolist() == [[1, 0], [4, 0]]
    np.testing.assert_array_equal(every.targets[split.train], np.tile([0, 0, 1, 1], 3))
    part = labelled.subset(np.array([4, 5])).unfolded()
    assert part.labels == ("b",)
    assert part.descriptors.values.tolist() == [[4, 0], [5, 0], [4, 1], [5, 1], [4, 2], [5, 2]]


def test_the_same_picture_gives_the_same_copy_whatever_else_there_is(
    image_set: ImageSet, tmp_path: Path
) -> None:
    extractor = parse_recipe(RECIPE, "few", "few").create_extractor()
    found = extract_descriptors(image_set, extractor, tmp_path, distortion=HARD)
    alone = replace(image_set, pictures=image_set.pictures[5:6])
    again = extract_descriptors(alone, extractor, tmp_path / "elsewhere", distortion=HARD)
    np.testing.assert_array_equal(again.of(0), found.of(5))
    plain = extract_descriptors(image_set, extractor, tmp_path)
    assert len(found.of(5)) != len(plain.of(5)) or (found.of(5) != plain.of(5)).any()
    for other in (replace(HARD, number=2), replace(HARD, seed=1), replace(HARD, resampling=False)):
        changed = extract_descriptors(alone, extractor, tmp_path / "elsewhere", distortion=other)
        assert changed.values.shape != again.values.shape or (changed.values != again.values).any()


def test_what_was_seen_in_copies_is_kept(image_set: ImageSet, tmp_path: Path) -> None:
    extractor = parse_recipe(RECIPE, "few", "few").create_extractor()
    extract_descriptors(image_set, extractor, tmp_path, distortion=HARD)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    stages: list[str] = []
    extract_descriptors(
        image_set, extractor, tmp_path, 1, lambda stage, *_: stages.append(stage), distortion=HARD
    )
    assert len(stamps) == len(image_set.pictures)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")} == stamps
    assert set(stages) == {"copy 1"}


def test_learns_from_copies_and_answers_for_pictures(
    image_set: ImageSet, new_cache: Callable[[], Path]
) -> None:
    recipe = parse_recipe(RECIPE, "few", "few")
    one = train(image_set, recipe, new_cache())
    assert one.probabilities.shape == (24, 4)
    assert one.features.shape[0] == len(one.descriptors) == 24
    plain = train(image_set, recipe.model_copy(update={"augmentation": AugmentationSettings()}), new_cache())
    assert (one.estimator.coef_ != plain.estimator.coef_).any()


@pytest.mark.parametrize("settings", ["copies = -1", "strength = 4", "resampling = 3", "mirror = true"])
def test_refuses_what_cannot_be_done_to_copies(settings: str) -> None:
    text = f"{RECIPE.partition('augmentation')[0]}augmentation = {{{settings}}}"
    with pytest.raises(RecipeError, match=f"augmentation.{settings.partition(' ')[0]}"):
        parse_recipe(text, "few", "few")
