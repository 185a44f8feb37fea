"""Which answers are verified, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from vision.answers import Recognition
from vision.matching import Agreement
from vision.verification import is_doubtful, verified_answer

OUTLINE = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float64)


def answer(score: float, *, recognized: bool = False) -> Recognition:
    return Recognition(((1, score),), score, recognized)


def agreement(points: int) -> Agreement:
    outline = OUTLINE if points else None
    return Agreement(points, outline, "", None, np.empty((0, 2), np.int64), np.empty(0, np.bool_))


def test_a_recognised_photo_is_not_compared() -> None:
    assert not is_doubtful(answer(0.9, recognized=True), 0.1)


@pytest.mark.parametrize(("score", "doubtful"), [(0.05, False), (0.1, True), (0.5, True)])
def test_what_is_not_recognised_is_compared_from_the_lowest_probability_on(
    score: float, doubtful: bool
) -> None:
    assert is_doubtful(answer(score), 0.1) is doubtful


def test_a_photo_without_features_is_never_compared() -> None:
    assert not is_doubtful(answer(0.0), 0.0)


@pytest.mark.parametrize(("points", "verified"), [(0, False), (7, False), (8, True), (30, True)])
def test_an_answer_is_verified_when_enough_points_agree(points: int, verified: bool) -> None:
    found = verified_answer(answer(0.4), lambda *_: agreement(points), 8)
    assert found.verification is not None
    assert (found.is_recognized, found.verification.verified) == (verified, verified)
    assert found.verification.points == points
    assert (found.verification.outline is None) == (points == 0)
    assert (found.score, found.ranking) == (0.4, ((1, 0.4),))


def test_a_label_without_exemplars_leaves_the_answer_as_it_is() -> None:
    assert verified_answer(answer(0.4), lambda *_: None, 8) == answer(0.4)


UNSURE = Recognition(((5, 0.4), (2, 0.3), (7, 0.2), (1, 0.1)), 0.4, False)


def test_a_less_likely_label_is_the_answer_where_it_alone_agrees() -> None:
    compared: list[tuple[int, int | None]] = []

    def compare(label: int, most: int | None) -> Agreement:
        compared.append((label, most))
        return agreement(20 if label == 2 else 3)

    found = verified_answer(UNSURE, compare, 8)
    assert found.ranking == ((2, 0.3), (5, 0.4), (7, 0.2), (1, 0.1))
    assert (found.score, found.is_recognized) == (0.3, True)
    assert found.verification is not None
    assert (found.verification.verified, found.verification.points) == (True, 20)
    # With all exemplars of the likeliest label, with the first ones of another; what agrees ends the search.
    assert compared == [(5, None), (2, 2)]


def test_where_nothing_agrees_the_likeliest_label_says_how_much() -> None:
    common = {5: agreement(4), 2: agreement(6), 7: None}
    found = verified_answer(UNSURE, lambda label, _: common[label], 8)
    assert (found.ranking, found.is_recognized) == (UNSURE.ranking, False)
    assert found.verification is not None
    assert found.verification.points == 4


def test_only_the_likeliest_labels_are_compared() -> None:
    only = {1: agreement(50)}
    assert not verified_answer(UNSURE, lambda label, _: only.get(label), 8).is_recognized


def test_fewer_labels_can_be_asked_for() -> None:
    assert UNSURE.best(2).ranking == ((5, 0.4), (2, 0.3))
