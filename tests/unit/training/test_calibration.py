from __future__ import annotations

import numpy as np
import pytest

from training.calibration import Calibration, learn_calibration, rejection_threshold
from training.graphs.probabilities import build_probabilities
from training.graphs.session import GraphSession
from training.metrics import expected_calibration_error

RANDOM = np.random.default_rng(0)
TARGETS = RANDOM.integers(0, 5, 2000)
SCORES = RANDOM.normal(-1, 0.5, (2000, 5))
SCORES[np.arange(2000), TARGETS] += 1.2
STRANGERS = RANDOM.normal(-1, 0.5, (500, 5))


def test_probabilities_mean_what_they_say() -> None:
    calibration = learn_calibration(SCORES, TARGETS, STRANGERS[:0])
    probabilities = calibration.probabilities(SCORES)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert expected_calibration_error(probabilities, TARGETS) < 0.02


def test_strangers_are_less_probable_than_without_a_background() -> None:
    plain = learn_calibration(SCORES, TARGETS, STRANGERS[:0])
    wary = learn_calibration(SCORES, TARGETS, STRANGERS)
    assert wary.background is not None
    assert (
        wary.probabilities(STRANGERS).max(axis=1).mean() < plain.probabilities(STRANGERS).max(axis=1).mean()
    )
    np.testing.assert_allclose(wary.probabilities(STRANGERS).sum(axis=1), 1)


def test_perfectly_separated_pictures_ask_for_no_endless_sharpness() -> None:
    calibration = learn_calibration(np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 2, 0]), np.zeros((0, 3)))
    assert calibration.probabilities(np.eye(3)).max() < 0.97


@pytest.mark.parametrize("background", [None, -0.4])
@pytest.mark.parametrize("logarithm", [False, True])
def test_the_graph_computes_the_same(background: float | None, logarithm: bool) -> None:
    calibration = Calibration(7.5, background)
    session = GraphSession(build_probabilities(calibration, 5, logarithm))
    for scores in SCORES[:50]:
        given = np.exp(scores) / np.exp(scores).sum() if logarithm else scores
        expected = calibration.probabilities(
            np.log(np.maximum(given, 1e-4))[None] if logarithm else scores[None]
        )
        np.testing.assert_allclose(session.run(given[None].astype(np.float32)), expected, atol=1e-6)


def test_the_threshold_lets_through_the_stated_share_of_strangers() -> None:
    strangers = RANDOM.uniform(0, 1, 1000)
    threshold = rejection_threshold(np.ones(10), strangers, 0.01)
    assert (strangers >= threshold).sum() == 10
    assert (strangers >= rejection_threshold(np.ones(10), strangers, 0.0)).sum() == 0


def test_without_strangers_the_threshold_keeps_nearly_all_that_is_known() -> None:
    known = RANDOM.uniform(0.5, 1, 1000)
    assert (known < rejection_threshold(known, np.zeros(0), 0.01)).mean() == pytest.approx(0.01, abs=0.002)
