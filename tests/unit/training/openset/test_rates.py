from __future__ import annotations

import numpy as np
import pytest

from training.openset.rates import (
    false_accept_rate,
    threshold_at,
    threshold_that_keeps,
    weights_of_groups,
)

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("rate", [0.1, 0.01])
def test_new_strangers_are_let_through_at_the_stated_rate(rate: float) -> None:
    odds = RANDOM.normal(-2, 1.5, 400)
    threshold = threshold_at(rate, 1 / (1 + np.exp(-odds)))
    others = 1 / (1 + np.exp(-RANDOM.normal(-2, 1.5, 100_000)))
    assert rate / 3 < (others >= threshold).mean() < 1.2 * rate


def test_one_stranger_more_does_not_move_the_threshold_far() -> None:
    strangers = np.append(RANDOM.uniform(0, 0.6, 199), 0.97)
    with_it, without = threshold_at(0.01, strangers), threshold_at(0.01, strangers[:-1])
    assert without < with_it < 0.95


def test_a_rate_of_nothing_lets_nothing_through_that_was_asked() -> None:
    strangers = RANDOM.uniform(0, 1, 100)
    assert strangers.max() < threshold_at(0, strangers) <= 1
    assert threshold_at(0, np.array([1.0])) == 1


def test_few_kinds_of_strangers_leave_the_threshold_further_above_them() -> None:
    strangers = RANDOM.uniform(0.2, 0.6, 24)
    found = [threshold_at(0.01, strangers, kinds=kinds) for kinds in (1, 2, 3, 4, 8, 19)]
    assert found == sorted(found, reverse=True)
    assert found[4] == found[5] == threshold_at(0.01, strangers)
    assert found[1] > 0.75 > found[4]


def test_near_duplicates_count_as_one_stranger() -> None:
    strangers = np.concatenate([np.full(50, 0.1), np.full(10, 0.8)])
    groups = np.concatenate([np.arange(50), np.full(10, 99)])
    weights = weights_of_groups(groups)
    assert false_accept_rate(strangers, 0.5) == pytest.approx(10 / 60, abs=0.01)
    assert false_accept_rate(strangers, 0.5, weights) == pytest.approx(1 / 51, abs=0.01)
    assert threshold_at(0.05, strangers, weights) < threshold_at(0.05, strangers)


def test_the_share_to_keep_is_kept_as_far_as_answers_are_right() -> None:
    known, everything = np.linspace(0.1, 0.9, 10), np.ones(10, bool)
    assert (known >= threshold_that_keeps(0.5, known, everything)).sum() == 5
    right = known < 0.4
    assert (known[right] >= threshold_that_keeps(0.5, known, right)).all()
    assert threshold_that_keeps(0.5, known, np.zeros(10, bool)) == 1


def test_the_picture_on_which_the_threshold_rests_reaches_it_as_served() -> None:
    logits = np.random.default_rng(0).normal(size=(500, 3)) * 4
    known = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).max(1)
    powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float32) * np.float32(1 + 2e-6))
    served = (powers / powers.sum(1, keepdims=True)).max(1) - np.float32(6e-8)
    for measured, answered in zip(known, served, strict=True):
        threshold = threshold_that_keeps(0.5, np.array([measured]), np.array([True]))
        assert answered >= np.float32(threshold)
        assert threshold == pytest.approx(measured, abs=1e-5)
