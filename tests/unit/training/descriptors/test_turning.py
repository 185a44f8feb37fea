"""Turned pictures: refused where the picture is learnt from, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.descriptors.turning import OF_PHOTOGRAPHS, OF_PICTURES, turned_pictures
from training.errors import RecipeError
from training.gathering import gather_descriptors
from training.graphs.extractors.dense_sift import turned_rows
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.recipe import parse_recipe

RECIPE = """
extractor = {name = "dense_sift", side_px = 64, cells_px = [8], places = "append"}
encoders = [{name = "vlad", words = 8}]
classifiers = [{name = "linear_svm"}]
augmentation = {copies = 1, photographs = 2, turned = true}
"""


def described(first: int, count: int = 3) -> DescriptorSet:
    rows = [np.full((2, 128), first + each, np.uint8) for each in range(count)]
    return DescriptorSet.packed(rows, 128)


@pytest.fixture
def labelled() -> LabelledDescriptors:
    """Three pictures of three labels, with a copy of each and two drawn strangers."""
    pictures, copy, numbers = described(0), described(10), np.arange(3)
    return LabelledDescriptors(
        pictures,
        numbers,
        numbers,
        ("a", "b", "c"),
        (copy,),
        described(20, 2),
        turned=turned_pictures(pictures, [copy]),
    )


def firsts(labelled: LabelledDescriptors, numbers: np.ndarray) -> list[int]:
    every = labelled.unfolded().descriptors
    return [int(every.of(int(each))[0, 0]) for each in numbers]


def test_a_split_refuses_the_turned_pictures_of_what_it_learns_from(labelled: LabelledDescriptors) -> None:
    asked = Split(np.array([0, 2]), np.array([1]), others=np.array([1]))
    split = labelled.unfolded_split(asked)
    assert firsts(labelled, split.train) == [0, 2, 10, 12]
    assert firsts(labelled, split.others) == [21, *[0, 2] * 2, *[10, 12] * 4]


def test_a_part_of_the_pictures_keeps_its_own_turned_ones(labelled: LabelledDescriptors) -> None:
    part = labelled.subset(np.array([2, 0]))
    assert part.turned is not None
    every = part.turned.descriptors
    shown = [int(every.of(each)[0, 0]) % 10 for each in range(len(every))]
    assert [[2, 0][picture] for picture in part.turned.pictures] == shown
    assert len(shown) == 12


def test_questions_change_nothing_about_turned_pictures(labelled: LabelledDescriptors) -> None:
    split = Split(np.array([1]), np.array([0]))
    strangers = replace(labelled, strangers=None).with_questions()
    assert firsts(strangers, strangers.unfolded_split(split).others) == [1] * 2 + [11] * 4


def test_each_way_turns_the_picture_and_another_photograph(image_set: ImageSet, tmp_path: Path) -> None:
    few = replace(image_set, pictures=image_set.pictures[:2])
    found = gather_descriptors(few, parse_recipe(RECIPE, "turned", "turned"), tmp_path, 0, 1)
    assert found.turned is not None
    assert found.turned.pictures.tolist() == [0, 1] * 6
    _, first, second = found.copies
    sources = [found.descriptors] * 2 + [first, second] * 2
    for number, (source, turn) in enumerate(zip(sources, (*OF_PICTURES, *OF_PHOTOGRAPHS), strict=True)):
        expected = turned_rows(np.asarray(source.stored(1), np.uint8), turn)
        np.testing.assert_array_equal(found.turned.descriptors.stored(2 * number + 1), expected)


@pytest.mark.parametrize("extractor", ["rootsift", "color_moments", "dense_sift+color_moments"])
def test_refuses_to_turn_what_looks_the_same_or_is_not_descriptors_alone(extractor: str) -> None:
    encoder = {"rootsift": "vlad", "color_moments": "vector"}.get(extractor)
    text = RECIPE[RECIPE.index("classifiers") :]
    encoders = f'{{name = "{encoder}"}}' if encoder else '{name = "joined", local = {name = "vlad"}}'
    text = f'extractor = {{name = "{extractor}"}}\nencoders = [{encoders}]\n{text}'
    with pytest.raises(RecipeError, match=r"augmentation\.turned: the extractor .* cannot tell a turned"):
        parse_recipe(text, "turned", "turned")
