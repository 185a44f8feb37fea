from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from export.classifier.matrices import build_linear_machines
from training.classifiers import learn_classifier, score
from training.classifiers.linear_svm import LinearSvmSettings
from training.graphs.session import GraphSession

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("size", [8, 200])
@pytest.mark.parametrize("labels", [2, 5])
def test_machines_are_those_of_ridge_regression(labels: int, size: int) -> None:
    vectors = RANDOM.normal(size=(60, size)).astype(np.float32) / size**0.5
    targets = np.arange(60) % labels
    found = LinearSvmSettings(C=3.0, loss="squares").fit(vectors, targets, 0)
    sides = np.where(targets[:, None] == np.arange(labels), 1.0, -1.0)[:, labels == 2 :]
    ridge = Ridge(alpha=1 / 6, fit_intercept=False).fit(np.column_stack([vectors, np.ones(60)]), sides)
    expected = np.atleast_2d(ridge.coef_)
    np.testing.assert_allclose(found.coef_, expected[:, :-1], atol=1e-4)
    np.testing.assert_allclose(found.intercept_, expected[:, -1], atol=1e-4)
    assert found.classes_.tolist() == list(range(labels))
    graph = GraphSession(build_linear_machines(found, size).SerializeToString())
    answers = np.concatenate([graph.run(each[None]) for each in vectors])
    np.testing.assert_allclose(answers, score(found, vectors), atol=1e-5)


def test_a_rare_label_counts_as_much_where_labels_are_balanced() -> None:
    vectors = np.concatenate([RANDOM.normal(0, 1, (50, 3)), RANDOM.normal(1, 1, (5, 3))]).astype(np.float32)
    targets = np.repeat([0, 1], [50, 5])
    plain = LinearSvmSettings(loss="squares").fit(vectors, targets, 0)
    balanced = LinearSvmSettings(loss="squares", class_weight="balanced").fit(vectors, targets, 0)
    found = [(each.predict(vectors[50:]) == 1).sum() for each in (plain, balanced)]
    assert found[0] < found[1]


@pytest.mark.parametrize("loss", ["hinge", "squares"])
@pytest.mark.parametrize("size", [8, 200])
def test_a_picture_that_counts_twice_is_as_good_as_two(loss: Literal["hinge", "squares"], size: int) -> None:
    vectors = RANDOM.normal(size=(40, size)).astype(np.float32) / size**0.5
    targets, settings = np.arange(40) % 4, LinearSvmSettings(loss=loss)
    twice = np.where(np.arange(40) < 10, 2.0, 1.0)
    weighted = settings.fit(vectors, targets, 0, twice)
    repeated = settings.fit(
        np.concatenate([vectors, vectors[:10]]), np.concatenate([targets, targets[:10]]), 0
    )
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=5e-4)
    alike = settings.fit(vectors, targets, 0)
    assert np.abs(weighted.coef_ - alike.coef_).max() > 1e-2


def test_weights_reach_strangers_behind_the_pictures() -> None:
    vectors = RANDOM.normal(size=(30, 8)).astype(np.float32)
    targets, others = np.arange(20) % 4, vectors[20:]
    settings = LinearSvmSettings(loss="squares")
    counts = np.where(np.arange(30) < 20, 1.0, 1e-6)
    weighted = learn_classifier(settings, vectors[:20], targets, 0, others, weights=counts)
    without = learn_classifier(settings, vectors[:20], targets, 0)
    np.testing.assert_allclose(weighted.coef_, without.coef_, atol=1e-3)
