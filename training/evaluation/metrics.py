"""Measures a classifier: accuracy, log loss, calibration error, precision and recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn import metrics

# Smaller probabilities count as this, so that every loss is finite.
SMALLEST = 1e-12


@dataclass(frozen=True)
class LabelMetrics:
    """Figures of one label, 0 to 1; `support` counts its pictures."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Metrics:
    """Figures over held-out pictures.

    Attributes:
        accuracy: Mean over the folds, 0 to 1.
        accuracy_deviation: Standard deviation over the folds.
        accuracy_interval: Of the pooled accuracy at 95 %, with near duplicates counted once.
        fold_accuracies: One per fold.
        log_loss: Mean of −ln p(right label), in nats.
        calibration_error: Expected calibration error with ten bins.
        per_label: In the order of the labels.
        confusion: Row: the right label; column: the answer; counts.
    """

    accuracy: float
    accuracy_deviation: float
    accuracy_interval: tuple[float, float]
    fold_accuracies: tuple[float, ...]
    log_loss: float
    calibration_error: float
    per_label: tuple[LabelMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]


def measure(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    folds: NDArray[np.int64],
    labels: tuple[str, ...],
    groups: NDArray[np.int64],
) -> Metrics:
    """Computes all figures from cross-validated probabilities.

    Args:
        probabilities: Shape (N, labels), rows sum to 1.
        targets: Index of the right label, shape (N,).
        folds: Number of the fold in which each picture was held out, shape (N,).
        labels: Names in the order of the columns.
        groups: Group of each picture; near duplicates share one.
    """
    answers = probabilities.argmax(axis=1)
    right = answers == targets
    by_fold = tuple(float(right[folds == fold].mean()) for fold in np.unique(folds))
    indices = np.arange(len(labels))
    rates = metrics.precision_recall_fscore_support(targets, answers, labels=indices, zero_division=0)
    confusion = metrics.confusion_matrix(targets, answers, labels=indices)
    return Metrics(
        accuracy=float(np.mean(by_fold)),
        accuracy_deviation=float(np.std(by_fold)),
        accuracy_interval=share_interval(float(right.mean()), independent_count(groups)),
        fold_accuracies=by_fold,
        log_loss=log_loss(probabilities, targets),
        calibration_error=expected_calibration_error(probabilities, targets),
        per_label=tuple(
            LabelMetrics(label, float(p), float(r), float(f), int(s))
            for label, p, r, f, s in zip(labels, *rates, strict=True)
        ),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def log_loss(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """Computes the mean of −ln p(right label), in nats.

    >>> round(log_loss(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0])), 4)
    0.3466
    """
    likely = np.maximum(probabilities, SMALLEST)
    return float(metrics.log_loss(targets, likely, labels=np.arange(probabilities.shape[1])))


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers of one range of probability.

    Attributes:
        confidence: Mean probability of the answers, 0 to 1.
        accuracy: Share of right answers, 0 to 1.
        count: Number of answers.
    """

    confidence: float
    accuracy: float
    count: int


def reliability_bins(
    probabilities: NDArray[np.float64], targets: NDArray[np.int64], bins: int = 10
) -> tuple[ReliabilityBin, ...]:
    """Groups answers by the probability of the best label, in bins of equal width; omits empty ones."""
    confidences = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == targets
    number = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    return tuple(
        ReliabilityBin(float(confidences[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (number == each for each in np.unique(number))
    )


def expected_calibration_error(
    probabilities: NDArray[np.float64], targets: NDArray[np.int64], bins: int = 10
) -> float:
    """Computes the expected calibration error: Naeini, Cooper and Hauskrecht, AAAI 2015, equation 1.

    >>> round(expected_calibration_error(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1])), 2)
    0.45
    """
    found = reliability_bins(probabilities, targets, bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in found) / len(targets)


def independent_count(groups: NDArray[np.int64]) -> int:
    """Computes how many independent pictures are worth as much as these, whose groups answer alike.

    Where the pictures of a group are all right or all wrong, the variance of their mean is that of
    (Σ n)² / Σ n² independent ones, with n pictures in each group: Kish, "Survey Sampling", 1965, chapter 8.

    >>> independent_count(np.array([0, 1, 2, 3])), independent_count(np.array([0, 0, 1, 1]))
    (4, 2)
    """
    sizes = np.unique(groups, return_counts=True)[1]
    return round(len(groups) ** 2 / int((sizes**2).sum())) if len(groups) else 0


def share_interval(share: float, count: int) -> tuple[float, float]:
    """Computes Wilson's interval at 95 % of a share of `count` independent pictures; 0 to 1 without any.

    >>> [round(end, 3) for end in share_interval(0.9, 10)]
    [0.596, 0.982]
    """
    return wilson_interval(round(share * count), count) if count else (0.0, 1.0)


def wilson_interval(successes: int, count: int) -> tuple[float, float]:
    """Computes Wilson's score interval of a share (JASA 22, 1927), at 95 %.

    >>> [round(end, 3) for end in wilson_interval(9, 10)]
    [0.596, 0.982]
    """
    interval = binomtest(successes, count).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
