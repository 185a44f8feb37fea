from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.calibration import Calibration, learn_calibration
from training.evaluation.metrics import expected_calibration_error
from training.graphs.probabilities import build_probabilities
from training.graphs.session import GraphSession

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


def test_a_start_nearby_finds_the_same_calibration() -> None:
    whole = learn_calibration(SCORES, TARGETS, STRANGERS)
    part = SCORES[::3], TARGETS[::3], STRANGERS[::2]
    found, sought = learn_calibration(*part, whole), learn_calibration(*part)
    assert found.sharpness == pytest.approx(sought.sharpness, rel=1e-2)
    assert found.background == pytest.approx(sought.background, abs=1e-2)
    without = learn_calibration(SCORES, TARGETS, STRANGERS[:0], whole)
    assert without.background is None


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
