"""Curves: accuracy against K, learning curve, reliability, known pictures against strangers."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from drawing.plot import ACCENT, FAINT, INK, SECOND, SERIES, Plot, finished, new_axes
from training.evaluation.metrics import reliability_bins
from training.openset.threshold import OpenSet
from training.report.learning import LearningPoint
from training.search.selection import Standing
from vision.answers import reaches

_LEAST_BINS = 3


def words_plot(standings: tuple[Standing, ...]) -> Plot | None:
    """Plots accuracy over the size of the codebook, a line per classifier; None when one size was tried."""
    lines: dict[tuple[str, str], dict[int, Standing]] = {}
    for each in standings:
        words = getattr(each.candidate.encoder, "words", None)
        if isinstance(words, int):
            key = (each.candidate.encoder.name, each.candidate.classifier.title)
            lines.setdefault(key, {}).setdefault(words, each)
    sizes = sorted({words for line in lines.values() for words in line})
    if len(sizes) < 2:
        return None
    figure, axes = new_axes()
    several = len({encoder for encoder, _ in lines}) > 1
    for number, ((encoder, classifier), line) in enumerate(sorted(lines.items())):
        x = sorted(line)
        y = np.array([line[words].accuracy for words in x])
        spread = np.array([line[words].deviation for words in x])
        color = SERIES[number % len(SERIES)]
        label = f"{encoder}, {classifier}" if several else classifier
        axes.plot(x, y, marker="o", markersize=4, color=color, label=label)
        axes.fill_between(x, y - spread, np.minimum(y + spread, 1), color=color, alpha=0.12, linewidth=0)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlabel("visual words, K")
    axes.set_ylabel("accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(frameon=False)
    best = max((each for line in lines.values() for each in line.values()), key=lambda each: each.accuracy)
    words = best.candidate.encoder.title
    alt = f"Accuracy against the number of visual words. Best: {best.accuracy:.1%} with {words} and "
    return finished(figure, "words", alt + best.candidate.classifier.title)


def loss_plot(losses: NDArray[np.float64]) -> Plot:
    """Plots the loss of training and validation pictures by epoch, shape (epochs, 2); NaN: not validated."""
    epochs = np.arange(1, len(losses) + 1)
    figure, axes = new_axes()
    axes.plot(epochs, losses[:, 0], color=ACCENT, label="training pictures")
    alt = f"Loss by epoch, {len(losses)} epochs: training {losses[-1, 0]:.3f} at the end"
    if np.isfinite(losses[:, 1]).any():
        best = int(np.nanargmin(losses[:, 1]))
        axes.plot(epochs, losses[:, 1], color=SECOND, label="validation pictures")
        axes.plot(epochs[best], losses[best, 1], marker="o", color=SECOND, markersize=7)
        alt += (
            f", validation {losses[best, 1]:.3f} at its lowest, in epoch {best + 1}, whose weights are kept"
        )
    axes.set_ylim(bottom=0)
    axes.set_xlabel("epoch")
    axes.set_ylabel("log loss, nats")
    axes.legend(frameon=False)
    return finished(figure, "loss", alt)


def accuracy_plot(accuracies: NDArray[np.float64]) -> Plot:
    """Plots the accuracy of training and validation pictures by epoch, as `loss_plot` does."""
    epochs = np.arange(1, len(accuracies) + 1)
    figure, axes = new_axes()
    axes.plot(epochs, accuracies[:, 0], color=ACCENT, label="training pictures, changed")
    alt = f"Accuracy by epoch: training {accuracies[-1, 0]:.1%} at the end"
    if np.isfinite(accuracies[:, 1]).any():
        axes.plot(epochs, accuracies[:, 1], color=SECOND, label="validation pictures")
        alt += f", validation {accuracies[-1, 1]:.1%}"
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(frameon=False)
    return finished(figure, "accuracy_by_epoch", alt)


def learning_plot(points: tuple[LearningPoint, ...]) -> Plot:
    """Plots accuracy over the number of training pictures: on held-out ones, and on the training ones."""
    x = np.array([each.pictures for each in points])
    y = np.array([each.accuracy for each in points])
    spread = np.array([each.deviation for each in points])
    figure, axes = new_axes()
    axes.fill_between(x, y - spread, np.minimum(y + spread, 1), color=ACCENT, alpha=0.12, linewidth=0)
    axes.plot(x, y, marker="o", markersize=4, color=ACCENT, label="held-out pictures")
    taught = np.array([each.taught for each in points])
    axes.plot(x, taught, marker="o", markersize=3, color=SECOND, label="training pictures")
    axes.legend(frameon=False)
    axes.set_xlim(0, x.max() * 1.05)
    axes.set_xlabel("training pictures")
    axes.set_ylabel("accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    values = "; ".join(f"{each.accuracy:.1%} with {each.pictures:.0f}" for each in points)
    alt = f"Accuracy against the number of training pictures: {values}; on these themselves {taught[-1]:.1%}"
    return finished(figure, "learning", alt)


def reliability_plot(
    probabilities: NDArray[np.float64], targets: NDArray[np.int64], calibration_error: float
) -> Plot | None:
    """Plots the share of right answers over their probability; calibrated ones are on the diagonal.

    None where hardly any probability differs from the others: two points are no curve.
    """
    bins = reliability_bins(probabilities, targets)
    if len(bins) < _LEAST_BINS:
        return None
    figure, axes = new_axes(4.4, 4.0)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 4)), alpha=0.6)
    largest = max(each.count for each in bins)
    confidence = np.array([each.confidence for each in bins])
    accuracy = np.array([each.accuracy for each in bins])
    sizes = np.array([30 + 170 * each.count / largest for each in bins])
    axes.plot(confidence, accuracy, color=ACCENT, linewidth=1, alpha=0.5)
    axes.scatter(confidence, accuracy, sizes, color=ACCENT, zorder=3)
    for each in bins:
        axes.annotate(
            str(each.count),
            (each.confidence, each.accuracy),
            (0, -14 if each.accuracy > 0.5 else 12),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
        )
    axes.set_xlim(-0.03, 1.05)
    axes.set_ylim(-0.03, 1.05)
    axes.set_xlabel("probability of the answer")
    axes.set_ylabel("share that is right")
    return finished(
        figure,
        "reliability",
        f"Reliability diagram: share of right answers by their probability, ECE {calibration_error:.3f}",
    )


def open_set_plot(open_set: OpenSet) -> Plot:
    """Plots the receiver operating characteristic: answered known pictures over answered strangers."""
    truth = np.repeat([1, 0], [len(open_set.known), len(open_set.strangers)])
    scores = np.concatenate([open_set.known, open_set.strangers])
    accepted, answered, _ = roc_curve(truth, scores)
    figure, axes = new_axes(4.4, 4.0)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8)
    axes.plot(accepted, answered, color=ACCENT, linewidth=1.8, drawstyle="steps-post")
    at = 1 - open_set.refused, float(reaches(open_set.known, open_set.threshold).mean())
    axes.plot(*at, marker="o", color=SECOND, markersize=7, zorder=4)
    axes.annotate(
        f"threshold {open_set.threshold:.2f}", at, (10, -16), textcoords="offset points", color=SECOND
    )
    axes.set_xlabel("strangers taken for something known")
    axes.set_ylabel("known pictures answered")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    return finished(
        figure,
        "open_set",
        f"Known pictures answered against strangers accepted, AUROC {auroc(open_set):.3f}; "
        f"at the threshold {at[1]:.1%} against {at[0]:.1%}",
    )


def auroc(open_set: OpenSet) -> float | None:
    """Computes the area under that curve: the chance that a known picture scores above a stranger.

    None without strangers.
    """
    if not len(open_set.strangers):
        return None
    truth = np.repeat([1, 0], [len(open_set.known), len(open_set.strangers)])
    return float(roc_auc_score(truth, np.concatenate([open_set.known, open_set.strangers])))
