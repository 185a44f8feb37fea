"""The accuracy of the best of many, corrected for the luck of being the best."""

from __future__ import annotations

import numpy as np

from training.evaluation.choice import correct_for_choice
from training.evaluation.metrics import share_interval


def test_the_luckiest_of_guessers_is_told_to_guess() -> None:
    got, corrected = [], []
    for seed in range(10):
        guesses = np.random.default_rng(seed).uniform(size=(50, 120)) < 0.5
        guesses = guesses[guesses.mean(axis=1).argsort()[::-1]]
        found = correct_for_choice(guesses, guesses, np.arange(120), seed=0)
        assert found is not None
        assert found.candidates == 50
        assert found.interval[0] < 0.5 < found.interval[1]
        got.append(guesses[0].mean())
        corrected.append(found.value)
    assert np.mean(got) > 0.59
    assert abs(np.mean(corrected) - 0.5) < 0.03


def test_one_that_is_clearly_best_keeps_its_accuracy() -> None:
    random = np.random.default_rng(1)
    right = np.stack([random.uniform(size=400) < share for share in (0.9, 0.5, 0.4)])
    corrected = correct_for_choice(right, right, np.arange(400), seed=0)
    assert corrected is not None
    assert abs(corrected.value - right[0].mean()) < 0.01


def test_a_few_right_answers_are_no_certainty() -> None:
    right = np.ones((3, 6), bool)
    corrected = correct_for_choice(right, right, np.array([0, 1, 2, 3, 4, 4]), seed=0)
    assert corrected is not None
    assert corrected.value == 1
    assert corrected.interval == share_interval(1.0, 4)


def test_copies_of_one_picture_are_drawn_together() -> None:
    # One candidate knows one half, the other one the other: the half that is drawn decides.
    groups = np.repeat([0, 1], 50)
    halves = np.stack([groups == 0, groups == 1])
    corrected = correct_for_choice(halves, halves, groups, seed=0)
    assert corrected is not None
    assert corrected.value == 0  # chosen on the one half, measured on the other


def test_without_a_choice_nothing_is_corrected() -> None:
    one, three = np.ones((1, 4), bool), np.ones((3, 4), bool)
    assert correct_for_choice(one, one, np.arange(4), seed=0) is None
    assert correct_for_choice(three, three, np.zeros(4, np.int64), seed=0) is None
