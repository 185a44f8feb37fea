"""Training of networks epoch by epoch, stopped early: Prechelt, "Early Stopping: But When?", 1998."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

_VALIDATED: Final = 0.1
"""Share of the pictures that decides when to stop."""
_LEAST: Final = 20
"""With fewer pictures there is nothing to spare: all are trained on, for all epochs."""


def fit_by_epochs(
    network: Any,
    features: NDArray[np.float64],
    targets: NDArray[np.int64],
    epochs: int,
    patience: int,
    seed: int,
) -> Any:
    """Trains until the validation loss has not fallen for some epochs, and takes the weights of its best one.

    The losses stay with the network, as `losses_`: float64, shape (epochs, 2), in nats, for training and
    validation pictures (NaN where there are too few to validate with).

    Args:
        network: A scikit-learn network with `partial_fit`, which runs one epoch.
        features: Shape (N, size).
        targets: Label index of every row.
        epochs: Most epochs.
        patience: Epochs without a lower validation loss after which training stops.
        seed: Chooses the validation pictures.
    """
    labels, counts = np.unique(targets, return_counts=True)
    taught, asked = np.arange(len(targets)), np.zeros(0, np.int64)
    held = round(_VALIDATED * len(targets))
    if len(targets) >= _LEAST and counts.min() > 1 and held >= len(labels):
        taught, asked = train_test_split(taught, test_size=held, stratify=targets, random_state=seed)
    losses: list[tuple[float, float]] = []
    best, best_loss, best_epoch = None, np.inf, 0
    for epoch in range(epochs):
        network.partial_fit(features[taught], targets[taught], classes=labels)
        loss = _loss(network, features[taught], targets[taught], labels)
        validation = _loss(network, features[asked], targets[asked], labels) if len(asked) else np.nan
        losses.append((loss, validation))
        if validation < best_loss or not len(asked):
            best, best_loss, best_epoch = _weights(network), validation, epoch
        elif epoch - best_epoch >= patience:
            break
    if best:
        network.coefs_, network.intercepts_ = best
    network.losses_ = np.array(losses)
    return network


def _loss(
    network: Any, features: NDArray[np.float64], targets: NDArray[np.int64], labels: NDArray[np.int64]
) -> float:
    likely = network.predict_proba(features)[np.arange(len(targets)), np.searchsorted(labels, targets)]
    return float(-np.log(np.maximum(likely, np.finfo(np.float64).eps)).mean())


def _weights(network: Any) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    return [each.copy() for each in network.coefs_], [each.copy() for each in network.intercepts_]
