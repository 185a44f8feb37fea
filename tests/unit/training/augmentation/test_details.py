"""Details of pictures: parts of them, the same every time, and learnt from as what hardly anybody shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.augmentation.copies import AugmentationSettings
from training.augmentation.details import Detail, cut_out
from training.descriptors.extraction import extract_descriptors
from training.errors import RecipeError
from training.gathering import gather_descriptors
from training.graphs.extractors.dense_sift import turned_rows
from training.imagesets.imageset import ImageSet
from training.recipe import parse_recipe
from vision.extractors import create_extractor

RECIPE = """
extractor = {name = "dense_sift", side_px = 64, cells_px = [8], places = "append"}
encoders = [{name = "vlad", words = 8}]
classifiers = [{name = "linear_svm"}]
augmentation = {photographs = 1, details = 1, mirrored = true}
"""


def test_a_detail_is_a_part_of_the_picture_that_leaves_out_some_of_it() -> None:
    y, x = np.mgrid[:60, :90].astype(np.uint8)
    pixels = np.dstack([y, x, x])
    for seed in range(20):
        found = cut_out(pixels, np.random.default_rng(seed))
        top, left, _ = found[0, 0].tolist()
        height, width = found.shape[:2]
        np.testing.assert_array_equal(found, pixels[top : top + height, left : left + width])
        assert 0.1 < height * width / (60 * 90) < 0.7


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 2)])
def test_a_detail_of_a_tiny_picture_has_a_pixel(size: tuple[int, int]) -> None:
    found = cut_out(np.zeros((*size, 3), np.uint8), np.random.default_rng(0))
    assert min(found.shape[:2]) >= 1


def test_the_same_picture_has_the_same_detail_whatever_else_there_is(
    image_set: ImageSet, tmp_path: Path
) -> None:
    extractor = create_extractor("rootsift", {"max_side_px": 160})
    few = replace(image_set, pictures=image_set.pictures[:2])
    found = extract_descriptors(few, extractor, tmp_path, distortion=Detail(0))
    alone = replace(image_set, pictures=image_set.pictures[1:2])
    again = extract_descriptors(alone, extractor, tmp_path / "elsewhere", distortion=Detail(0))
    np.testing.assert_array_equal(again.of(0), found.of(1))
    for other in (Detail(1), Detail(0, 1)):
        changed = extract_descriptors(alone, extractor, tmp_path / "elsewhere", distortion=other)
        assert changed.values.shape != again.values.shape or (changed.values != again.values).any()


def test_details_and_the_mirrored_picture_come_last_and_count_little(
    image_set: ImageSet, tmp_path: Path
) -> None:
    few = replace(image_set, pictures=image_set.pictures[:2])
    recipe = parse_recipe(RECIPE, "rare", "rare")
    found = gather_descriptors(few, recipe, tmp_path, 0, 1)
    photograph, detail, mirrored = found.copies
    extractor = recipe.create_extractor()
    expected = extract_descriptors(few, extractor, tmp_path, distortion=Detail(0))
    np.testing.assert_array_equal(detail.values, expected.values)
    rows = turned_rows(np.asarray(found.descriptors.values, np.uint8), "mirrored")
    np.testing.assert_array_equal(mirrored.values, rows)
    assert (photograph.values != mirrored.values).any()
    weights = found.unfolded().weights
    assert weights is not None
    assert (weights[:4] == 1).all()
    assert (weights[4:8] < 0.1).all()
    assert (weights[8:] == 1).all()


def test_details_are_numbered_behind_everything_else_that_is_extracted() -> None:
    versions = list(AugmentationSettings(copies=1, photographs=1, details=2, mirrored=True).distortions(4))
    assert versions[2:] == [Detail(4, 0), Detail(4, 1)]
    assert len({each.suffix for each in versions}) == len({each.title for each in versions}) == 4


@pytest.mark.parametrize("key", ["details = 1", "mirrored = true"])
def test_refuses_what_counts_little_where_a_classifier_counts_all_alike(key: str) -> None:
    text = RECIPE[: RECIPE.index("augmentation")].replace("linear_svm", "random_forest")
    problem = rf"augmentation\.{key.split()[0]}: the classifier random_forest cannot count some copies less"
    with pytest.raises(RecipeError, match=problem):
        parse_recipe(f"{text}augmentation = {{{key}}}", "rare", "rare")


def test_refuses_to_mirror_descriptors_that_it_cannot_turn() -> None:
    text = RECIPE[RECIPE.index("encoders") :].replace("details = 1, ", "")
    with pytest.raises(RecipeError, match=r"augmentation\.mirrored: the extractor rootsift cannot tell"):
        parse_recipe(f'extractor = {{name = "rootsift"}}\n{text}', "rare", "rare")
