"""Networks trained epoch by epoch, on scikit-learn's small digits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from training.classifiers.mlp import MlpSettings
from training.classifiers.scores import score

Digits = tuple[NDArray[np.float32], NDArray[np.int64]]


@pytest.fixture(scope="module")
def digits() -> Digits:
    pixels, targets = load_digits(return_X_y=True)
    return (pixels[:600] / 16).astype(np.float32), targets[:600].astype(np.int64)


def test_keeps_the_loss_of_every_epoch_and_the_weights_of_the_best(digits: Digits) -> None:
    settings = MlpSettings(hidden=(32,), solver="adam", iterations=60, patience=3, learning_rate=0.03)
    network = settings.fit(*digits, 0)
    losses = network.losses_
    assert losses.shape[1] == 2
    assert np.isfinite(losses).all()
    assert losses[-1, 0] < losses[0, 0] / 4
    # It stopped three epochs after the best one.
    assert losses[:, 1].argmin() == len(losses) - 4
    assert len(losses) < 60
    longer = settings.model_copy(update={"iterations": len(losses) - 3}).fit(*digits, 0)
    for one, other in zip(network.coefs_, longer.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (network.predict(digits[0]) == digits[1]).mean() > 0.9


def test_without_pictures_to_spare_all_are_learnt_from(digits: Digits) -> None:
    settings = MlpSettings(hidden=(8,), solver="adam", iterations=5)
    network = settings.fit(digits[0][:15], digits[1][:15], 0)
    assert network.losses_.shape == (5, 2)
    assert np.isnan(network.losses_[:, 1]).all()
    assert network.losses_[-1, 0] < network.losses_[0, 0]


def test_nothing_asked_has_no_scores(digits: Digits) -> None:
    network = MlpSettings(hidden=(8,), solver="adam", iterations=1).fit(*digits, 0)
    assert score(network, digits[0][:0]).shape == (0, 10)


def test_one_seed_gives_one_network(digits: Digits) -> None:
    settings = MlpSettings(hidden=(8,), solver="adam", iterations=3)
    one, again, other = (settings.fit(*digits, seed).losses_ for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
