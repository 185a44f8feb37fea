"""Which pictures become exemplars, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.sections import VerificationSettings
from training.verification.comparisons import Comparisons, Found, Pair
from training.verification.selection import choose_exemplars, pairs_of_label

pytestmark = pytest.mark.slow

SETTINGS = VerificationSettings(exemplars=2, keypoints=60)


class Drawn(Comparisons):
    """Comparisons whose outcome is given: points by picture and shown picture."""

    def __init__(self, points: dict[tuple[int, int], int], keypoints: int = 100) -> None:
        count = 1 + max(max(pair) for pair in points)
        rows = np.zeros((keypoints, 128), np.uint8)
        descriptors = replace(
            DescriptorSet.packed([rows] * count, 128),
            keypoints=np.zeros((count * keypoints, 4), np.float32),
            sizes=np.full((count, 2), 240, np.float32),
        )
        targets = np.zeros(count, np.int64)
        super().__init__(LabelledDescriptors(descriptors, targets, np.arange(count), ("a",)), 1)
        self._found = {
            Pair(*pair, False): Found(number, np.arange(number)) for pair, number in points.items()
        }


def chosen(comparisons: Drawn, settings: VerificationSettings = SETTINGS) -> list[int]:
    """Numbers of the pictures that were chosen, told by the size that each is given here."""
    sizes = np.array([[240 + each, 240] for each in range(len(comparisons.descriptors))], np.float32)
    comparisons.descriptors = replace(comparisons.descriptors, sizes=sizes)
    found = choose_exemplars(0, list(comparisons._found), comparisons, settings)
    return [round(each.size_px[0]) - 240 for each in found]


def test_the_second_exemplar_covers_what_the_first_does_not() -> None:
    # 0, 1 and 2 know each other; 3 and 4 know each other alone.
    points = {(a, b): 30 for group in ((0, 1, 2), (3, 4)) for a in group for b in group if a != b}
    points |= {(a, b): 0 for a in range(5) for b in range(5) if a != b and (a, b) not in points}
    assert chosen(Drawn(points)) == [0, 3]


def test_what_is_covered_asks_for_no_other_exemplar() -> None:
    assert chosen(Drawn({(a, b): 25 for a in range(4) for b in range(4) if a != b})) == [0]


def test_a_picture_that_no_other_verifies_is_kept_while_there_is_room() -> None:
    points = {(a, b): 30 if {a, b} == {0, 1} else 0 for a in range(3) for b in range(3) if a != b}
    drawn = Drawn(points)
    photographed = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]
    drawn._found |= {Pair(*each, True): Found(30, np.arange(30)) for each in photographed}
    assert chosen(drawn) == [0, 2]
    assert chosen(drawn, VerificationSettings(exemplars=1, keypoints=60)) == [0]


def test_two_pictures_are_compared_once_for_both(gathered: LabelledDescriptors) -> None:
    comparisons = Comparisons(gathered, 1)
    here, there = Pair(0, 1, False), Pair(1, 0, False)
    done: list[int] = []
    comparisons.compare([here, there], lambda stage, step, steps: done.append(steps))
    assert done == [1]
    assert comparisons[here].points == comparisons[there].points >= 15
    assert len(comparisons[here].keypoints) == pytest.approx(len(comparisons[there].keypoints), rel=0.5)
    assert comparisons[here].keypoints.max() < len(gathered.descriptors.view(0).features)
    assert comparisons[there].keypoints.max() < len(gathered.descriptors.view(1).features)


def test_keypoints_that_are_found_again_most_often_are_kept() -> None:
    drawn = Drawn({(0, 1): 50, (0, 2): 20, (1, 0): 0, (1, 2): 0, (2, 0): 0, (2, 1): 0})
    numbered = np.arange(3 * 100)[:, None] * np.ones((1, 4))
    drawn.descriptors = replace(drawn.descriptors, keypoints=numbered.astype(np.float32))
    [exemplar] = choose_exemplars(
        0, list(drawn._found), drawn, VerificationSettings(exemplars=1, keypoints=20)
    )
    assert exemplar.features.keypoints[:, 0].tolist() == list(range(20))


def test_a_single_picture_is_kept_by_what_its_photograph_shows_again(gathered: LabelledDescriptors) -> None:
    alone = gathered.subset(np.array([0, 6, 7]))
    comparisons = Comparisons(alone, jobs=1)
    pairs = pairs_of_label(np.array([0]), comparisons, alone.groups, 8)
    assert pairs == [Pair(0, 0, True)]
    comparisons.compare(pairs)
    [exemplar] = choose_exemplars(0, pairs, comparisons, SETTINGS)
    assert len(exemplar.features) == 60


def test_a_picture_with_too_few_keypoints_is_no_exemplar(gathered: LabelledDescriptors) -> None:
    poor = DescriptorSet.packed([np.zeros((7, 128), np.uint8)] * 2, 128)
    labelled = replace(gathered, descriptors=poor, targets=np.zeros(2, np.int64), groups=np.arange(2))
    assert pairs_of_label(np.arange(2), Comparisons(labelled, 1), labelled.groups, 8) == []


def test_the_work_for_a_label_is_bounded() -> None:
    drawn = Drawn({(99, 98): 0})
    pairs = pairs_of_label(np.arange(100), drawn, np.arange(100), 8)
    assert len({each.exemplar for each in pairs}) == 10
    assert len(pairs) == 10 * 9


@pytest.mark.parametrize("jobs", [1, 2])
def test_pictures_of_a_label_agree_and_others_do_not(gathered: LabelledDescriptors, jobs: int) -> None:
    comparisons = Comparisons(gathered, jobs)
    own, other = comparisons.pairs([0], [1, 2]), comparisons.pairs([0], [8, 14])
    comparisons.compare([*own, *other])
    assert max(comparisons[each].points for each in own) >= 15
    assert max(comparisons[each].points for each in other) <= 6
