"""Writes classifiers as matrices where skl2onnx does worse.

For two labels its linear machines declare another shape than they output. Its kernel machines are one per
label and use an operator that no phone has. Its nearest neighbours are a loop, with ties in no fixed order.
Its naive Bayes gives probabilities alone, nearly all of which are 0 or 1.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto
from sklearn.svm import SVC, LinearSVC

from training.classifiers.knn import DISTANCE_STEP, SHORTEST, NearestNeighbours
from training.classifiers.naive_bayes import NaiveBayes
from training.classifiers.one_vs_rest import KernelMachines
from training.classifiers.templates import TemplateClassifier
from training.graphs.builder import GraphBuilder

_FEATURES, _SCORES = "classifier.features", "classifier.scores"


def build_linear_machines(estimator: LinearSVC | TemplateClassifier, size: int) -> onnx.ModelProto:
    """Builds linear scores, a row of weights for each label: support vector machines, templates."""
    weights, intercepts = _for_each_label(estimator.coef_.T, estimator.intercept_)
    graph = GraphBuilder("classifier")
    weighted = graph.add("MatMul", _FEATURES, graph.constant("weights", weights))
    graph.add("Add", weighted, graph.constant("intercepts", intercepts[None]), output=_SCORES)
    return graph.model({_FEATURES: [1, size]}, {_SCORES: [1, weights.shape[1]]})


def build_kernel_machines(estimator: KernelMachines, size: int) -> onnx.ModelProto:
    """Builds support vector machines, one for each label, over the support vectors of all.

    In double precision, as they are computed in training: with a large C, hundreds of large terms cancel.
    """
    weights, intercepts = _for_each_label(estimator.weights, estimator.offsets)
    graph = GraphBuilder("classifier")
    kernel = _add_kernel(graph, estimator.machine, estimator.vectors)
    weighted = graph.add("MatMul", kernel, graph.constant("weights", weights, np.float64))
    scores = graph.add("Add", weighted, graph.constant("intercepts", intercepts[None], np.float64))
    graph.add("Cast", scores, to=TensorProto.FLOAT, output=_SCORES)
    return graph.model({_FEATURES: [1, size]}, {_SCORES: [1, weights.shape[1]]})


def build_neighbours(estimator: NearestNeighbours, size: int) -> onnx.ModelProto:
    """Builds the share of each label among the nearest vectors, with distances rounded as in training."""
    votes = estimator.votes_
    graph = GraphBuilder("classifier")
    features = _add_direction(graph) if estimator.metric == "cosine" else _FEATURES
    known = graph.constant("vectors", estimator.known)
    distances = _add_distances(graph, features, known, squared=estimator.metric != "manhattan")
    scaled = graph.add("Mul", distances, graph.constant("steps_per_unit", 1 / DISTANCE_STEP))
    count = graph.constant("neighbours", [estimator.n_neighbors], np.int64)
    # In ties TopK takes the earlier one (ONNX operators, TopK), as training does.
    _, nearest = graph.add_pair("TopK", graph.add("Round", scaled), count, axis=0, largest=0)
    chosen = graph.add("Gather", graph.constant("votes", votes), nearest, axis=0)
    axis = graph.constant("first_axis", [0], np.int64)
    graph.add("ReduceMean", chosen, axis, keepdims=1, output=_SCORES)
    return graph.model({_FEATURES: [1, size]}, {_SCORES: [1, votes.shape[1]]})


def build_densities(estimator: NaiveBayes, size: int) -> onnx.ModelProto:
    """Builds the logarithms of normal densities, in double precision: of far pictures they are large."""
    graph = GraphBuilder("classifier")

    def doubles(value: str) -> str:
        return graph.add("Cast", value, to=TensorProto.DOUBLE)

    apart = graph.add("Sub", doubles(_FEATURES), doubles(graph.constant("means", estimator.means)))
    scaled = graph.add("Mul", apart, doubles(graph.constant("sharpness", estimator.sharpness)))
    axis = graph.constant("axis", [1], np.int64)
    away = graph.add("ReduceMean", graph.add("Mul", scaled, scaled), axis, keepdims=0)
    halved = graph.add("Mul", away, graph.constant("half", 0.5, np.float64))
    scores = graph.add("Sub", graph.constant("offsets", estimator.offsets, np.float64), halved)
    row = graph.add("Reshape", scores, graph.constant("row", [1, -1], np.int64))
    graph.add("Cast", row, to=TensorProto.FLOAT, output=_SCORES)
    return graph.model({_FEATURES: [1, size]}, {_SCORES: [1, len(estimator.offsets)]})


def _for_each_label(weights: np.ndarray, intercepts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Makes a column for each label; for two labels scikit-learn has only one machine, for the second."""
    if weights.shape[1] == 1:
        return np.hstack([-weights, weights]), np.hstack([-intercepts, intercepts])
    return weights, intercepts


def _add_kernel(graph: GraphBuilder, machine: SVC, vectors: np.ndarray) -> str:
    """Adds the kernel between the features and vectors, float64, shape (1, V)."""
    features = graph.add("Cast", _FEATURES, to=TensorProto.DOUBLE)
    if machine.kernel == "poly":
        known = graph.add("Cast", graph.constant("vectors", vectors.T), to=TensorProto.DOUBLE)
        products = graph.add("MatMul", features, known)
        scaled = graph.add("Mul", products, graph.constant("gamma", machine.gamma, np.float64))
        power = base = graph.add("Add", scaled, graph.constant("offset", machine.coef0, np.float64))
        for _ in range(machine.degree - 1):  # a power of a negative number is not defined on every phone
            power = graph.add("Mul", power, base)
        return power
    known = graph.add("Cast", graph.constant("vectors", vectors), to=TensorProto.DOUBLE)
    distances = _add_distances(graph, features, known, squared=True)
    slope = graph.constant("slope", -machine.gamma, np.float64)
    kernel = graph.add("Exp", graph.add("Mul", distances, slope))
    return graph.add("Reshape", kernel, graph.constant("row", [1, len(vectors)], np.int64))


def _add_direction(graph: GraphBuilder) -> str:
    """Adds the features divided by their length."""
    axis = graph.constant("elements", [1], np.int64)
    squares = graph.add("ReduceSum", graph.add("Mul", _FEATURES, _FEATURES), axis, keepdims=1)
    length = graph.add("Max", graph.add("Sqrt", squares), graph.constant("shortest", SHORTEST))
    return graph.add("Div", _FEATURES, length)


def _add_distances(graph: GraphBuilder, features: str, vectors: str, *, squared: bool) -> str:
    """Adds distances to vectors, shape (V,), from differences, which lose no digits."""
    apart = graph.add("Sub", features, vectors)
    each = graph.add("Mul", apart, apart) if squared else graph.add("Abs", apart)
    return graph.add("ReduceSum", each, graph.constant("axis", [1], np.int64), keepdims=0)
