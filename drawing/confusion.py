"""Which labels are taken for which, drawn the same way in reports and notebooks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from drawing.plot import ACCENT, INK, SECOND

_MOST_LEVEL = 6
"""With more labels their names stand upright."""


def draw_confusion(axes: Axes, counts: NDArray[np.int64], labels: Sequence[str]) -> None:
    """Draws true labels by rows and answers by columns; only cells with pictures.

    Args:
        axes: Where to draw.
        counts: Number of pictures, shape (labels, labels).
        labels: Their names.
    """
    axes.grid(False)
    for row, column in zip(*np.nonzero(counts), strict=True):
        share = counts[row, column] / max(1, counts[row].sum())
        right = row == column
        color = ACCENT if right else SECOND
        depth = 0.12 + 0.38 * share if right else 0.25 + 0.5 * share
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=color, alpha=depth, linewidth=0))
        weight = "normal" if right else "bold"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=INK, weight=weight)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xticks(range(len(labels)), labels, rotation=90 if len(labels) > _MOST_LEVEL else 0)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("taken for")
    axes.set_ylabel("shows")
