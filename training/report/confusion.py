"""The confusion matrix as a plot."""

from __future__ import annotations

import numpy as np

from drawing.confusion import draw_confusion
from drawing.plot import Plot, finished, new_axes
from training.model import TrainedModel

# More labels are not legible: those confused most are shown.
_MAX_LABELS = 40
_SHORT = 26


def confusion_plot(model: TrainedModel) -> Plot:
    """Plots true labels as rows and answers as columns; draws only cells with pictures."""
    counts = np.array(model.metrics.confusion)
    shown = _shown(counts)
    counts = counts[np.ix_(shown, shown)]
    labels = [_short(model.labels[each]) for each in shown]
    side = 1.8 + 0.3 * len(labels)
    figure, axes = new_axes(max(4.2, side + 0.8), max(3.4, side))
    draw_confusion(axes, counts, labels)
    axes.set_aspect("equal")
    return finished(figure, "confusion", _alt_text(model))


def _shown(counts: np.ndarray) -> np.ndarray:
    if len(counts) <= _MAX_LABELS:
        return np.arange(len(counts))
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    return np.sort(np.argsort(-wrong, kind="stable")[:_MAX_LABELS])


def _short(label: str) -> str:
    return label if len(label) <= _SHORT else f"{label[: _SHORT - 1]}…"


def _alt_text(model: TrainedModel) -> str:
    counts = np.array(model.metrics.confusion)
    wrong = counts - np.diag(np.diag(counts))
    total = f"Confusion matrix: {np.trace(counts)} of {counts.sum()} pictures on the diagonal"
    pairs = [divmod(int(each), len(counts)) for each in np.argsort(-wrong, axis=None, kind="stable")[:5]]
    confused = [
        f"{model.labels[row]} taken for {model.labels[column]}: {wrong[row, column]}"
        for row, column in pairs
        if wrong[row, column]
    ]
    return "; ".join([total, *confused])
