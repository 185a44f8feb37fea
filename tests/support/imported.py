"""Small image classifiers with random weights, written node by node: the shapes of well-known families."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Network:
    """Writes an ONNX classifier; every layer returns the name of its value."""

    def __init__(self, seed: int = 0) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(seed)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def weight(self, *shape: int) -> str:
        fan_in = int(np.prod(shape[1:])) or 1
        return self.constant(self._random.normal(0, fan_in**-0.5, shape).astype(np.float32))

    def constant(self, value: NDArray[np.generic]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def conv(self, value: str, channels: int, out: int, stride: int = 1, groups: int = 1) -> str:
        weights = self.weight(out, channels // groups, 3, 3)
        return self.add("Conv", value, weights, pads=[1] * 4, strides=[stride] * 2, group=groups)

    def convolved(self, value: str, channels: int, out: int, *, size: int, stride: int = 1) -> str:
        weights = self.weight(out, channels, size, size)
        pads = [size // 2] * 4
        return self.add("Conv", value, weights, self.weight(out), pads=pads, strides=[stride] * 2)

    def dense(self, value: str, size: int, out: int) -> str:
        return self.add("Gemm", value, self.weight(size, out), self.weight(1, out))

    def pooled(self, value: str) -> str:
        return self.add("Flatten", self.add("GlobalAveragePool", value), axis=1)

    def model(
        self,
        outputs: dict[str, list[int | str]],
        picture: list[int | str],
        kind: int = TensorProto.FLOAT,
        name: str = "picture",
    ) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info(name, kind, picture)],
            [helper.make_tensor_value_info(each, kind, shape) for each, shape in outputs.items()],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def residual(side: int | str = 32, classes: int = 4, seed: int = 0) -> onnx.ModelProto:
    """Makes a small ResNet: two residual blocks and a dense layer, to scores."""
    made = Network(seed)
    value = made.add("Relu", made.conv("picture", 3, 8, stride=2))
    for _ in range(2):
        inner = made.conv(made.add("Relu", made.conv(value, 8, 8)), 8, 8)
        value = made.add("Relu", made.add("Add", inner, value))
    scores = made.dense(made.pooled(value), 8, classes)
    return made.model({scores: ["batch", classes]}, ["batch", 3, side, side])


def depthwise(side: int = 32, classes: int = 4) -> onnx.ModelProto:
    """Makes a small MobileNet as TensorFlow writes it: channels last, depthwise, to probabilities."""
    made = Network(1)
    planes = made.add("Transpose", "picture", perm=[0, 3, 1, 2])
    value = made.add("Clip", made.conv(planes, 3, 8, stride=2), made.constant(np.array(0, np.float32)))
    value = made.add("HardSwish", made.conv(value, 8, 8, groups=8))
    scores = made.dense(made.pooled(value), 8, classes)
    return made.model({made.add("Softmax", scores, axis=-1): [1, classes]}, [1, side, side, 3])


def transformer(side: int = 32, classes: int = 4) -> onnx.ModelProto:
    """Makes a small vision transformer: patches, one block of attention and a dense layer."""
    made, width, count = Network(2), 16, (side // 8) ** 2
    weights = made.weight(width, 3, 8, 8)
    patches = made.add("Conv", "picture", weights, strides=[8, 8])
    flat = made.add("Reshape", patches, made.constant(np.array([1, width, count])))
    tokens = made.add("Transpose", flat, perm=[0, 2, 1])
    query, key, value = (made.add("MatMul", tokens, made.weight(width, width)) for _ in range(3))
    likeness = made.add("MatMul", query, made.add("Transpose", key, perm=[0, 2, 1]))
    seen = made.add("MatMul", made.add("Softmax", likeness, axis=-1), value)
    gains = (made.constant(np.ones(width, np.float32)), made.constant(np.zeros(width, np.float32)))
    normal = made.add("LayerNormalization", made.add("Add", tokens, seen), *gains, axis=-1)
    mean = made.add("ReduceMean", normal, axes=[1], keepdims=0)
    scores = made.dense(mean, width, classes)
    return made.model({scores: [1, classes]}, [1, 3, side, side])


def brightness(classes: int = 3) -> onnx.ModelProto:
    """Makes a model whose answer a test can foresee: which of red, green and blue is strongest."""
    made = Network()
    mean = made.pooled("picture")
    scores = made.add("Gemm", mean, made.constant(4 * np.eye(3, classes, dtype=np.float32)))
    return made.model({scores: [1, classes]}, [1, 3, "height", "width"])


def save_model(model: onnx.ModelProto, folder: Path, name: str = "model") -> Path:
    """Writes a model as one file."""
    file = folder / f"{name}.onnx"
    onnx.save(model, file)
    return file
