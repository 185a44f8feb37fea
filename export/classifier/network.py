"""A convolutional network as an ONNX graph, with batch normalisation folded into the convolutions.

PyTorch's own exporter is not used: its present one takes seconds and another library, its former one is
deprecated, and neither names values so that an explanation finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from training.networks.design import MIDDLE, SPREAD
from training.networks.fitted import ConvolutionalNetwork

_FEATURES, _SCORES = "classifier.features", "classifier.scores"
_EPSILON: Final = 1e-5
"""Of PyTorch's batch normalisation."""


def build_network(network: ConvolutionalNetwork, size: int) -> onnx.ModelProto:
    """Builds the graph from pixels to a score per label.

    The filters of the first layer are the constant `classifier.filters`; what each layer makes of a picture
    are the values `classifier.maps.0`, `classifier.maps.1`, ….
    """
    return _Writer(network).model(size)


class _Writer:
    """Writes one network."""

    def __init__(self, network: ConvolutionalNetwork) -> None:
        self._network = network
        self._graph = GraphBuilder("classifier")

    def model(self, size: int) -> onnx.ModelProto:
        design, graph = self._network.design, self._graph
        shape = graph.constant("picture_shape", [1, design.channels, design.side, design.side], np.int64)
        values = graph.add("Reshape", _FEATURES, shape)
        values = graph.add("Sub", values, graph.constant("middle", MIDDLE))
        values = graph.add("Mul", values, graph.constant("steps", 1 / SPREAD))
        is_residual = design.kind == "residual"
        values = self._convolution(values, "stem", constant="filters")
        values = graph.add("Relu", values, output="classifier.maps.0")
        for number, (_, _, stride) in enumerate(design.stages):
            name = f"stages.{number}"
            if is_residual:
                values = self._block(values, name, stride)
            else:
                values = self._convolution(self._pool(values), name)
            values = graph.add("Relu", values, output=f"classifier.maps.{number + 1}")
        if is_residual:
            axes = graph.constant("sides", [2, 3], np.int64)
            values = graph.add("ReduceMean", values, axes, keepdims=0)
        else:
            flat = graph.constant("row_shape", [1, design.flat], np.int64)
            values = graph.add("Reshape", self._pool(values), flat)
        if design.dense:
            values = graph.add("Relu", self._dense(values, "dense"))
        self._dense(values, "last", output=_SCORES)
        return graph.model({_FEATURES: [1, size]}, {_SCORES: [1, design.labels]})

    def _block(self, values: str, name: str, stride: int) -> str:
        strides = (stride, stride)
        first = self._graph.add("Relu", self._convolution(values, f"{name}.first", strides))
        second = self._convolution(first, f"{name}.second")
        if stride > 1:
            values = self._convolution(values, f"{name}.shortcut", strides)
        return self._graph.add("Add", second, values)

    def _convolution(
        self, values: str, name: str, strides: Sequence[int] = (1, 1), constant: str = ""
    ) -> str:
        weights, offsets = self._folded(name)
        kernel = weights.shape[2]
        return self._graph.add(
            "Conv",
            values,
            self._graph.constant(constant or f"{name}.weights", weights),
            self._graph.constant(f"{name}.offsets", offsets),
            kernel_shape=[kernel, kernel],
            pads=[kernel // 2] * 4,
            strides=list(strides),
        )

    def _folded(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns the weights and offsets of a convolution, its normalisation included."""
        weights = {key: np.asarray(each, np.float64) for key, each in self._network.weights.items()}
        if f"{name}.norm.weight" not in weights:
            return weights[f"{name}.weight"], weights[f"{name}.bias"]
        norm = f"{name}.norm"
        factor = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + _EPSILON)
        offsets = weights[f"{norm}.bias"] - factor * weights[f"{norm}.running_mean"]
        return factor[:, None, None, None] * weights[f"{name}.convolution.weight"], offsets

    def _pool(self, values: str) -> str:
        return self._graph.add("MaxPool", values, kernel_shape=[2, 2], strides=[2, 2])

    def _dense(self, values: str, name: str, output: str = "") -> str:
        weights = self._graph.constant(f"{name}.weights", self._network.weights[f"{name}.weight"].T)
        offsets = self._graph.constant(f"{name}.offsets", self._network.weights[f"{name}.bias"][None])
        return self._graph.add("Add", self._graph.add("MatMul", values, weights), offsets, output=output)
