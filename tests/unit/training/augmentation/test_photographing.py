"""Photographs of training pictures: which, and the same ones every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.augmentation.copies import AugmentationSettings
from training.augmentation.photographing import Photographing, photograph_of
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.labelled import LabelledDescriptors, Photographs
from training.gathering import gather_descriptors
from training.imagesets.imageset import ImageSet
from training.recipe import parse_recipe
from vision.extractors import create_extractor

pytestmark = pytest.mark.slow

RECIPE = """
extractor = {name = "rootsift", max_side_px = 160, max_keypoints = 50}
encoders = [{name = "bovw", words = 4}]
classifiers = [{name = "linear_svm"}]
augmentation = {photographs = 1}
"""


def test_the_same_picture_gives_the_same_photograph_whatever_else_there_is(
    image_set: ImageSet, tmp_path: Path
) -> None:
    extractor = create_extractor("rootsift", {"max_side_px": 240})
    few = replace(image_set, pictures=image_set.pictures[:3])
    found = extract_descriptors(few, extractor, tmp_path, distortion=Photographing(0))
    alone = replace(image_set, pictures=image_set.pictures[2:3])
    again = extract_descriptors(alone, extractor, tmp_path / "elsewhere", distortion=Photographing(0))
    np.testing.assert_array_equal(again.of(0), found.of(2))
    other = extract_descriptors(alone, extractor, tmp_path, distortion=Photographing(1))
    assert other.values.shape != again.values.shape or (other.values != again.values).any()


def test_a_photograph_shows_more_than_the_picture(image_set: ImageSet) -> None:
    picture = image_set.pictures[0]
    photo = photograph_of((image_set.root / picture.path).read_bytes(), picture.digest, 400)
    assert max(photo.shape) == 400
    assert (photo.ndim, photo.dtype) == (3, np.uint8)


def test_the_photograph_that_a_picture_is_tested_with_is_the_first_to_train_on(image_set: ImageSet) -> None:
    versions = list(AugmentationSettings(copies=1, photographs=2).distortions(seed=4))
    taken = [each for each in versions if isinstance(each, Photographing)]
    assert taken == [Photographing(4), Photographing(4, 1)]
    picture = image_set.pictures[0]
    data, extractor = (image_set.root / picture.path).read_bytes(), create_extractor("rootsift", {})
    photos = [each.applied(data, extractor, picture.digest).tobytes() for each in taken]
    assert len(set(photos)) == 2
    assert len({each.suffix for each in versions}) == 3


def test_photographs_that_are_learnt_from_are_taken_once(image_set: ImageSet, tmp_path: Path) -> None:
    few = replace(image_set, pictures=image_set.pictures[:3])
    recipe = parse_recipe(RECIPE, "few", "few")
    stages: list[str] = []
    gathered = gather_descriptors(few, recipe, tmp_path, 0, 1, lambda stage, *_: stages.append(stage))
    assert gathered.photographs is not None
    assert gathered.photographs.pictures.tolist() == [0, 1, 2]
    [copy] = gathered.copies
    np.testing.assert_array_equal(copy.values, gathered.photographs.descriptors.values)
    assert stages.count("photographs") == 3


def numbered(numbers: list[int]) -> DescriptorSet:
    return DescriptorSet.packed([np.array([[each]], np.float32) for each in numbers], 1)


def test_photographs_stay_with_their_pictures_and_are_asked_about_behind_them() -> None:
    labelled = LabelledDescriptors(
        numbered([0, 1, 2, 3]),
        np.array([0, 0, 1, 1]),
        np.arange(4),
        ("a", "b"),
        copies=(numbered([10, 11, 12, 13]),),
        strangers=numbered([7]),
        photographs=Photographs(np.array([0, 2, 3]), numbered([100, 102, 103])),
    )
    part = labelled.subset(np.array([3, 1, 0]))
    assert part.photographs is not None
    assert part.photographs.pictures.tolist() == [2, 0]
    assert part.photographs.descriptors.values.ravel().tolist() == [100, 103]
    asked = part.with_questions()
    assert asked.descriptors.values.ravel().tolist() == [3, 1, 0, 100, 103, 7]
    assert asked.copies[0].values.ravel().tolist() == [13, 11, 10]
    assert len(asked.copies[0]) == 6
    assert len(asked.targets) == len(set(asked.groups.tolist())) == 6
