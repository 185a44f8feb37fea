"""A decision tree as a plot, where it is small enough to be read."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from sklearn.tree import DecisionTreeClassifier, plot_tree

from drawing.plot import Plot, finished, new_axes
from training.model import TrainedModel

_MOST_LABELS: Final = 3
_MOST_LEVELS: Final = 4


def tree_plot(model: TrainedModel) -> Plot | None:
    """Draws the questions of a decision tree for two or three labels; None for any other classifier."""
    tree: Any = model.estimator
    if not isinstance(tree, DecisionTreeClassifier) or len(model.labels) > _MOST_LABELS:
        return None
    figure, axes = new_axes(8.0, 4.2)
    axes.set_axis_off()
    FigureCanvasAgg(figure)  # plot_tree asks how large its text is.
    shown = plot_tree(
        tree,
        max_depth=_MOST_LEVELS,
        class_names=list(model.labels),
        feature_names=[f"element {number}" for number in range(tree.n_features_in_)],
        filled=True,
        impurity=False,
        fontsize=7,
        ax=axes,
    )
    size = f"{tree.get_n_leaves()} leaves and depth {tree.get_depth()}"
    alt = f"Decision tree of {size}; {len(shown)} of its parts are drawn"
    return finished(figure, "tree", alt)
