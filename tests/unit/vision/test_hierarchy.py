"""The deepest group of labels that is sure."""

from __future__ import annotations

import numpy as np
import pytest

from vision.answers import Group
from vision.hierarchy import Hierarchy

LABELS = ("tabby", "lynx", "poodle", "truck", "bus", "boat", "plane", "bike")
PARENTS = {
    "tabby": "cat",
    "lynx": "cat",
    "cat": "animal",
    "poodle": "animal",
    "truck": "vehicle",
    "bus": "vehicle",
    "boat": "vehicle",
    "plane": "vehicle",
    "animal": "thing",
    "vehicle": "thing",
    "bike": "thing",
}


def surest(threshold: float, **probabilities: float) -> tuple[str, float] | None:
    values = np.array([probabilities.get(each, 0.0) for each in LABELS], np.float32)
    found = Hierarchy.of(PARENTS, LABELS).surest(values, threshold)
    return None if found is None else (found.name, round(found.probability, 6))


def test_the_deepest_group_that_is_sure_is_answered() -> None:
    assert surest(0.7, tabby=0.45, lynx=0.45, poodle=0.1) == ("cat", 0.9)
    assert surest(0.7, tabby=0.3, lynx=0.3, poodle=0.4) == ("animal", 1.0)
    assert surest(0.7, tabby=0.4, lynx=0.1, truck=0.5) is None


def test_a_group_is_not_answered_for_being_large() -> None:
    # Nothing is known: half of the labels have half of the probability, and all have all of it.
    assert surest(0.4, **dict.fromkeys(LABELS, 1 / 8)) is None
    # Half of them are vehicles: 0.7 is 0.4 of the way from 0.5 to 1.
    assert surest(0.45, truck=0.2, bus=0.2, boat=0.15, plane=0.15, tabby=0.1, poodle=0.1, bike=0.1) is None
    assert surest(0.35, truck=0.2, bus=0.2, boat=0.15, plane=0.15, tabby=0.1, poodle=0.1, bike=0.1) == (
        "vehicle",
        0.7,
    )


def test_of_groups_side_by_side_the_most_probable_is_answered() -> None:
    assert surest(0.2, truck=0.17, bus=0.17, boat=0.17, plane=0.17, lynx=0.16, tabby=0.16) == (
        "vehicle",
        0.68,
    )
    assert surest(0.2, truck=0.15, bus=0.15, boat=0.1, plane=0.1, lynx=0.25, tabby=0.25) == ("cat", 0.5)


def test_a_label_that_others_are_kinds_of_counts_among_its_own() -> None:
    hierarchy = Hierarchy.of({"poodle": "dog", "pug": "dog"}, ["dog", "poodle", "pug", "cat", "bus"])
    assert hierarchy.members.tolist() == [[True, True, True, False, False]]
    assert hierarchy.surest(np.array([0.25, 0.375, 0.25, 0.125, 0]), 0.6) == Group("dog", 0.875)


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_a_group_of_all_labels_says_nothing(threshold: float) -> None:
    everything = Hierarchy.of({"a": "any", "b": "any"}, ["a", "b"])
    assert everything.surest(np.array([0.5, 0.5]), threshold) is None
