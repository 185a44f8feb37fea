"""Fisher vector: Perronnin, Sánchez and Mensink, "Improving the Fisher Kernel", ECCV 2010, section 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from training.graphs.encoders.pyramid import Pyramid, add_cell_words, add_larger_cells, add_parted, row_width
from training.graphs.encoders.words import add_unit_length
from vision.ports import DESCRIPTORS, FEATURES

# The signed square root is v / sqrt(|v| + this): a bare root would turn rounding noise at 0 into 3e-4.
ROOT_FLOOR = 1e-6


@dataclass(frozen=True)
class Mixture:
    """Gaussians with diagonal covariance in the space of the principal components.

    Attributes:
        weights: Shape (K,), sum 1.
        means: Shape (K, P).
        variances: Shape (K, P), above 0.
    """

    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    variances: NDArray[np.float64]

    def repeated(self, pyramid: Pyramid) -> Mixture:
        """Repeats the Gaussians for each of a pyramid's finest cells."""
        return Mixture(
            pyramid.repeated(self.weights[:, None]).ravel(),
            pyramid.repeated(self.means),
            pyramid.repeated(self.variances),
        )


def build_fisher(
    mixture: Mixture,
    center: NDArray[np.float64],
    projection: NDArray[np.float32],
    pyramid: Pyramid | None = None,
) -> onnx.ModelProto:
    """Builds the graph from `descriptors` (float32, (N, D), N ≥ 0) to `features` (float32, (1, 2·K·P)).

    With a pyramid, rows end in a keypoint position, and the vector has 2·K·P elements for each cell.

    Args:
        mixture: The Gaussians.
        center: Mean descriptor, shape (D,).
        projection: Principal components, shape (P, D).
        pyramid: Cells in which gradients are summed apart; None for rows without positions.
    """
    graph = GraphBuilder("fisher")
    gaussians, dimension = len(mixture.weights), projection.shape[1]
    descriptors, places = add_parted(graph, DESCRIPTORS, dimension, pyramid)
    projected = graph.add("MatMul", descriptors, graph.constant("projection_transposed", projection.T))
    points = graph.add("Sub", projected, graph.constant("center", center @ projection.T.astype(np.float64)))
    squares = graph.add("Mul", points, points)
    claimed = _add_shares(graph, points, squares, mixture)
    claimed = add_cell_words(graph, claimed, places, pyramid, gaussians)
    shares = graph.add("Transpose", claimed, perm=[1, 0])
    axis = graph.constant("second_axis", [1], np.int64)
    counts = graph.add("ReduceSum", shares, axis, keepdims=1)
    sums = graph.add("MatMul", shares, points)
    repeated = mixture if pyramid is None else mixture.repeated(pyramid)
    gradients = _add_gradients(graph, counts, sums, shares, squares, repeated)
    gradients = add_larger_cells(graph, gradients, pyramid, 2 * projection.shape[0])
    total = graph.add("Max", graph.add("ReduceSum", counts, keepdims=1), graph.constant("one", 1.0))
    shared = graph.add("Div", gradients, total)
    height = graph.add("Add", graph.add("Abs", shared), graph.constant("root_floor", ROOT_FLOOR))
    rooted = graph.add("Div", shared, graph.add("Sqrt", height))
    cells = 1
    if pyramid is not None and pyramid.finest:
        cells = pyramid.cells
        weights = np.repeat(pyramid.weights**0.5, gaussians)[:, None]
        rooted = graph.add("Mul", rooted, graph.constant("weights", weights))
    size = cells * 2 * mixture.means.size
    flat = graph.add("Reshape", rooted, graph.constant("flat", [1, size], np.int64))
    graph.add("Identity", add_unit_length(graph, flat, "length"), output=FEATURES)
    return graph.model({DESCRIPTORS: ["count", row_width(dimension, pyramid)]}, {FEATURES: [1, size]})


def _add_shares(graph: GraphBuilder, points: str, squares: str, mixture: Mixture) -> str:
    """Adds the posterior of every Gaussian for each descriptor (equation 3), shape (N, K)."""
    precisions = 1 / mixture.variances
    linear = graph.add("MatMul", points, graph.constant("linear", (mixture.means * precisions).T))
    square = graph.add("MatMul", squares, graph.constant("square", -precisions.T / 2))
    spread = (np.log(2 * np.pi * mixture.variances) + mixture.means**2 * precisions).sum(axis=1)
    offset = graph.constant("offset", np.log(mixture.weights) - spread / 2)
    return graph.add("Softmax", graph.add("Add", graph.add("Add", linear, square), offset), axis=1)


def _add_gradients(
    graph: GraphBuilder, counts: str, sums: str, shares: str, squares: str, mixture: Mixture
) -> str:
    """Adds gradients by means and deviations (equations 5 and 6), not yet divided by N; shape (K, 2·P)."""
    roots = np.sqrt(mixture.weights)[:, None]
    means, variances = mixture.means, mixture.variances
    expected = graph.add("Mul", counts, graph.constant("means", means))
    by_mean = graph.add(
        "Mul",
        graph.add("Sub", sums, expected),
        graph.constant("mean_scale", 1 / (np.sqrt(variances) * roots)),
    )
    crossed = graph.add("Mul", sums, graph.constant("twice_means", 2 * means))
    excess = graph.add("Sub", graph.add("MatMul", shares, squares), crossed)
    constant = graph.add("Mul", counts, graph.constant("balance", means**2 - variances))
    scale = graph.constant("deviation_scale", 1 / (variances * np.sqrt(2) * roots))
    by_deviation = graph.add("Mul", graph.add("Add", excess, constant), scale)
    return graph.add("Concat", by_mean, by_deviation, axis=1)
