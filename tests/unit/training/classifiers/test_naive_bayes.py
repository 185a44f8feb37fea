"""Naive Bayes: densities of scikit-learn's, told for each element in the mean."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from training.classifiers import learn_classifier, score
from training.classifiers.naive_bayes import NaiveBayesSettings

RANDOM = np.random.default_rng(0)
TARGETS = np.repeat([0, 1, 2], [10, 20, 30])
ROWS = (RANDOM.normal(size=(60, 7)) * [1, 2, 0.1, 5, 1, 1, 1] + TARGETS[:, None]).astype(np.float32)


def test_scores_are_densities_with_priors_as_a_mean_over_the_elements() -> None:
    found = score(learn_classifier(NaiveBayesSettings(smoothing=0.2), ROWS, TARGETS, 0), ROWS)
    known = GaussianNB(var_smoothing=0.2).fit(ROWS.astype(np.float64), TARGETS)
    # scikit-learn tells them up to what all labels have in common.
    expected = known.predict_log_proba(ROWS) / 7
    np.testing.assert_allclose(found - found[:, :1], expected - expected[:, :1], atol=1e-5)


def test_a_stranger_is_far_from_both_of_two_labels() -> None:
    estimator = learn_classifier(NaiveBayesSettings(), ROWS[:30], TARGETS[:30], 0)
    near, far = score(estimator, np.stack([ROWS[0], np.full(7, 50, np.float32)]))
    assert far.max() < near.max() - 100


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_pictures_that_all_look_the_same_have_equal_and_finite_scores(value: float) -> None:
    rows = np.full((6, 4), value, np.float32)
    found = score(learn_classifier(NaiveBayesSettings(), rows, np.repeat([0, 1], 3), 0), rows)
    assert np.isfinite(found).all()
    assert np.ptp(found) == 0
