from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.squared_hinge import solved_machines
from training.classifiers.weights import ClassWeight

RANDOM = np.random.default_rng(3)
VECTORS = RANDOM.normal(size=(60, 200)).astype(np.float32) / 14


@pytest.mark.parametrize("labels", [2, 5])
@pytest.mark.parametrize("weight", ["none", "balanced"])
def test_machines_are_those_that_a_patient_descent_finds(labels: int, weight: ClassWeight) -> None:
    targets = np.minimum(np.arange(60) % 7, labels - 1)  # the last label has most pictures
    found = LinearSvmSettings(C=3.0, class_weight=weight).fit(VECTORS, targets, 0)
    balanced = None if weight == "none" else weight
    patient = LinearSVC(C=3.0, class_weight=balanced, tol=1e-10, max_iter=1_000_000).fit(VECTORS, targets)
    assert found.classes_.tolist() == patient.classes_.tolist()
    np.testing.assert_allclose(found.coef_, patient.coef_, atol=1e-5)
    np.testing.assert_allclose(found.intercept_, patient.intercept_, atol=1e-5)
    assert found.decision_function(VECTORS).shape == patient.decision_function(VECTORS).shape


def test_a_picture_that_comes_twice_and_a_blank_one_have_a_solution() -> None:
    vectors = np.concatenate([VECTORS, VECTORS[:1], np.zeros_like(VECTORS[:1])])
    sides = np.where(np.arange(62)[:, None] % 3 == 1, 1.0, -1.0)
    found = solved_machines(vectors, sides, np.ones((62, 1)))
    assert found is not None
    weights, offsets = found
    missing = np.maximum(0, 1 - sides[:, 0] * (vectors @ weights[0] + offsets[0]))
    # Where the loss is smallest, weights are twice the sum of what is missing of each picture.
    np.testing.assert_allclose(weights[0], 2 * (missing * sides[:, 0]) @ vectors, atol=1e-5)
    np.testing.assert_allclose(offsets[0], 2 * (missing * sides[:, 0]).sum(), atol=1e-5)


@pytest.mark.parametrize("loss", ["hinge", "squares"])
@pytest.mark.parametrize("length", [1e4, 1e9])
def test_long_vectors_that_hardly_differ_have_machines(
    loss: Literal["hinge", "squares"], length: float
) -> None:
    """As plain grey pictures have, whose few differences are scaled up."""
    vectors = (np.full((60, 200), length) + RANDOM.normal(size=(60, 200))).astype(np.float32)
    found = LinearSvmSettings(loss=loss).fit(vectors, np.arange(60) % 3, 0)
    assert np.isfinite(found.coef_).all()
    assert found.coef_.shape == (3, 200)


def test_a_descent_that_does_not_arrive_is_no_warning_to_whoever_trains() -> None:
    chance = np.random.default_rng(399)  # one of few that neither the equations nor the descent settle
    middles = chance.normal(size=(3, 60)) * 10 ** chance.uniform(0, 6)
    noise, scales = 10 ** chance.uniform(-3, 3), 10 ** chance.uniform(0, 6, size=60)
    vectors = (middles[np.arange(24) % 3] + chance.normal(size=(24, 60)) * noise) * scales
    found = LinearSvmSettings().fit(vectors.astype(np.float32), chance.integers(0, 3, 24), 0)
    assert np.isfinite(found.coef_).all()
