from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors, counting_fully
from training.imagesets.folds import Split


def rows(value: int, counts: list[int]) -> list[NDArray[np.uint8]]:
    return [np.full((count, 4), value, np.uint8) for count in counts]


@pytest.fixture
def labelled() -> LabelledDescriptors:
    return LabelledDescriptors(
        DescriptorSet.packed(rows(1, [2, 3]), 4),
        np.array([0, 1]),
        np.array([0, 1]),
        ("a", "b"),
        copies=(DescriptorSet.packed(rows(2, [1, 4]), 4),),
        strangers=DescriptorSet.packed(rows(9, [5, 6, 7]), 4),
    )


def test_questions_are_asked_about_and_take_no_room_in_the_copies(labelled: LabelledDescriptors) -> None:
    asked = labelled.with_questions()
    assert len(asked.descriptors) == len(asked.targets) == 5
    assert len(asked.copies[0]) == 5
    assert len(asked.copies[0].values) == len(labelled.copies[0].values)


def test_copies_keep_their_numbers_behind_questions(labelled: LabelledDescriptors) -> None:
    asked = labelled.with_questions()
    split = Split(train=np.array([1]), test=np.array([0, 4]), others=np.array([0]))
    unfolded, taught = asked.unfolded(), asked.unfolded_split(split)
    shown = [unfolded.descriptors.of(int(each)) for each in taught.train]
    assert [len(each) for each in shown] == [3, 4]
    assert {float(each.max()) for each in shown} == {1, 2}
    assert [len(unfolded.descriptors.of(int(each))) for each in taught.test] == [2, 7]
    assert [len(unfolded.descriptors.of(int(each))) for each in taught.others] == [5]


def test_rare_copies_count_little_and_no_encoder_is_fitted_on_them(labelled: LabelledDescriptors) -> None:
    rare = replace(labelled, rare=1)
    part = rare.subset(np.array([1]))
    assert part.rare == 1
    every = rare.with_questions().unfolded()
    assert every.weights is not None
    assert len(every.weights) == len(every.descriptors)
    split = rare.with_questions().unfolded_split(Split(np.array([0, 1]), np.array([2]), np.array([0])))
    assert (every.weights[split.train] < 1).tolist() == [False, False, True, True]
    assert counting_fully(split.train, every.weights).tolist() == [0, 1]
    assert (every.weights[split.others] == 1).all()


def test_without_rare_copies_all_count_alike(labelled: LabelledDescriptors) -> None:
    every = labelled.unfolded()
    assert every.weights is None
    assert counting_fully(np.array([3, 1]), every.weights).tolist() == [3, 1]
