from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.answers import Share
from training.evaluation.metrics import (
    expected_calibration_error,
    independent_count,
    log_loss,
    measure,
    wilson_interval,
)


def test_measures_what_a_confusion_table_says() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    folds = np.array([0, 1, 0, 1])
    metrics = measure(probabilities, np.array([0, 0, 1, 1]), folds, ("cat", "dog"), np.arange(4))
    assert metrics.accuracy == 0.75
    assert metrics.fold_accuracies == (1.0, 0.5)
    assert metrics.accuracy_deviation == 0.25
    assert metrics.confusion == ((2, 0), (1, 1))
    dog = metrics.per_label[1]
    assert (dog.label, dog.precision, dog.recall, dog.support) == ("dog", 1.0, 0.5, 2)
    assert dog.f1 == pytest.approx(2 / 3)


def test_certain_and_wrong_is_a_finite_loss() -> None:
    assert 20 < log_loss(np.array([[1.0, 0.0]]), np.array([1])) < 30


def test_a_calibrated_forecaster_has_no_calibration_error() -> None:
    random = np.random.default_rng(0)
    right = random.uniform(0.5, 1, 50_000)
    targets = (random.uniform(size=50_000) > right).astype(np.int64)
    assert expected_calibration_error(np.stack([right, 1 - right], axis=1), targets) < 0.01


def test_copies_of_a_picture_do_not_narrow_the_interval() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    targets, folds, labels = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), ("cat", "dog")
    alone = measure(probabilities, targets, folds, labels, np.arange(4))
    tripled = measure(
        *(np.repeat(each, 3, axis=0) for each in (probabilities, targets, folds)),
        labels,
        np.repeat(np.arange(4), 3),
    )
    assert tripled.accuracy_interval == alone.accuracy_interval
    assert independent_count(np.array([0, 0, 0, 1])) == 2
    pairs = Share.of(np.array([True, True, False, False]), np.array([0, 0, 1, 1]))
    assert pairs.interval == wilson_interval(1, 2)


def test_the_interval_stays_between_0_and_1() -> None:
    assert 0.999 < wilson_interval(10, 10)[1] <= 1
    assert 0 <= wilson_interval(0, 10)[0] < 0.001
    assert wilson_interval(317, 317)[0] > 0.98


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (3, 24), (9, 10), (79, 80), (317, 317)])
def test_wilson_interval_is_the_one_of_the_paper(right: int, count: int) -> None:
    share, square = right / count, 1.959964**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = square**0.5 / (1 + square / count) * (share * (1 - share) / count + square / (4 * count**2)) ** 0.5
    assert wilson_interval(right, count) == pytest.approx((middle - half, middle + half), abs=1e-7)


def test_log_loss_is_the_mean_of_what_the_right_labels_cost() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.full(5, 0.05), 200)
    probabilities[0] = [0, 0, 1, 0, 0]
    targets = random.integers(0, 4, 200)  # The last label is nobody's.
    targets[0] = 1
    cost = -np.log(np.maximum(probabilities[np.arange(200), targets], 1e-12))
    assert log_loss(probabilities, targets) == pytest.approx(cost.mean(), rel=1e-9)
