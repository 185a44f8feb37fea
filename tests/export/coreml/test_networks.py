"""Networks as PyTorch exports them: residual blocks, depthwise convolutions, resizing; then made smaller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import CoreMLModel, ImageInput, convert, load_model, save_package

pytestmark = pytest.mark.slow

LABELS = ["cat", "dog", "emu", "fox"]


class Network:
    """Collects nodes and random weights."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(3)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, *shape: int, spread: float | None = None, values: Any = None) -> str:
        scale = spread or 1 / np.sqrt(max(np.prod(shape[1:]), 1))
        data = (
            self.random.normal(0, scale, shape).astype(np.float32) if values is None else np.asarray(values)
        )
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(data, name))
        return name

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def convolution(self, x: str, given: int, made: int, size: int, stride: int = 1, groups: int = 1) -> str:
        pad = size // 2
        weight = self.weight(made, given // groups, size, size)
        x = self.add("Conv", x, weight, pads=[pad] * 4, strides=[stride] * 2, group=groups)
        ones = np.abs(self.random.normal(1, 0.2, made)).astype(np.float32)
        scale, variance = self.weight(made, values=ones), self.weight(made, values=ones + 0.1)
        return self.add(
            "BatchNormalization", x, scale, self.weight(made, spread=0.1), self.weight(made), variance
        )

    def model(self, output: str, side: int) -> onnx.ModelProto:
        self.nodes.append(helper.make_node("Softmax", [output], ["probabilities"], axis=1))
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, ["batch", 3, side, side])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 4])],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def residual_network() -> onnx.ModelProto:
    """A small ResNet: stem, two residual blocks (one with a strided shortcut), global pooling, Gemm."""
    net = Network()
    x = net.add("Relu", net.convolution("input.1", 3, 16, 7, stride=2))
    x = net.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    y = net.add("Relu", net.convolution(x, 16, 16, 3))
    x = net.add("Relu", net.add("Add", net.convolution(y, 16, 16, 3), x))
    y = net.add("Relu", net.convolution(x, 16, 32, 3, stride=2))
    shortcut = net.convolution(x, 16, 32, 1, stride=2)
    x = net.add("Relu", net.add("Add", net.convolution(y, 32, 32, 3), shortcut))
    x = net.add("Flatten", net.add("GlobalAveragePool", x))
    return net.model(net.add("Gemm", x, net.weight(4, 32), net.weight(4), transB=1), 64)


def mobile_network() -> onnx.ModelProto:
    """A small MobileNetV3 with a feature pyramid: depthwise, HardSwish, excitation, Resize, Concat."""
    net = Network()
    x = net.add("HardSwish", net.convolution("input.1", 3, 16, 3, stride=2))
    fine = net.add("HardSwish", net.convolution(x, 16, 16, 5, groups=16))
    y = net.add("GlobalAveragePool", fine)
    y = net.add("Relu", net.add("Conv", y, net.weight(8, 16, 1, 1), net.weight(8)))
    y = net.add("HardSigmoid", net.add("Conv", y, net.weight(16, 8, 1, 1), net.weight(16)), alpha=1 / 6)
    fine = net.add("Mul", fine, y)
    low, high = net.weight(1, values=np.float32(0)), net.weight(1, values=np.float32(6))
    coarse = net.add("Clip", net.convolution(fine, 16, 16, 3, stride=2), low, high)
    scales = net.weight(4, values=np.array([1, 1, 2, 2], np.float32))
    up = net.add("Resize", coarse, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
    nearest = net.add(
        "Resize",
        coarse,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    x = net.add("Concat", fine, up, nearest, axis=1)
    x = net.add(
        "ReduceMean", net.add("LeakyRelu", net.convolution(x, 48, 64, 1), alpha=0.1), axes=[2, 3], keepdims=0
    )
    x = net.add("MatMul", x, net.weight(64, 4))
    return net.model(net.add("Add", x, net.weight(4)), 32)


NETWORKS = {"residual": residual_network, "mobile": mobile_network}


def answers(model: onnx.ModelProto, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"input.1": each[None]})[0] for each in pictures])


def saved(model: onnx.ModelProto, folder: Path, **options: Any) -> CoreMLModel:
    return load_model(
        save_package(convert(model, dimensions={"batch": 1}, **options), folder / "net.mlpackage")
    )


def weight_bytes(folder: Path) -> int:
    return next(folder.rglob("weight.bin")).stat().st_size


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_answers_as_in_onnxruntime(name: str, tmp_path: Path) -> None:
    model = NETWORKS[name]()
    side = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    pictures = np.random.default_rng(0).normal(size=(4, 3, side, side)).astype(np.float32)
    program = saved(model, tmp_path)
    assert "batch_norm" not in program.program.operations  # folded into the convolutions
    for picture, expected in zip(pictures, answers(model, pictures), strict=True):
        result = program.predict({"input_1": picture[None]})["probabilities"][0]
        np.testing.assert_allclose(result, expected, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_pictures(name: str, tmp_path: Path) -> None:
    model = NETWORKS[name]()
    side = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    image = ImageInput("input.1", scale=1 / 127.5, bias=(-1, -1, -1))
    program = saved(model, tmp_path, image_input=image, labels=LABELS)
    picture = np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)
    expected = answers(model, (picture.transpose(2, 0, 1)[None] / np.float32(127.5) - 1).astype(np.float32))[
        0
    ]
    result = program.predict({"input_1": picture})
    assert result["label"] == LABELS[int(expected.argmax())]
    np.testing.assert_allclose(list(result["probabilities"].values()), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "share", "tolerance"),
    [
        ({"precision": "fp16"}, 0.55, 5e-3),
        ({"quantize": "int8"}, 0.4, 2e-2),
        ({"quantize": "palette8"}, 0.5, 2e-2),
        ({"quantize": "int8", "minimum_target": "iOS18"}, 0.4, 2e-2),
        ({"quantize": "palette8", "minimum_target": "iOS18"}, 0.5, 2e-2),
    ],
)
def test_a_smaller_network_answers_nearly_the_same(
    options: dict[str, str], share: float, tolerance: float, tmp_path: Path
) -> None:
    model = residual_network()
    pictures = np.random.default_rng(0).normal(size=(3, 3, 64, 64)).astype(np.float32)
    saved(model, tmp_path / "full")
    program = saved(model, tmp_path / "small", **options)
    assert weight_bytes(tmp_path / "small") < share * weight_bytes(tmp_path / "full")
    for picture, expected in zip(pictures, answers(model, pictures), strict=True):
        result = program.predict({"input_1": picture[None]})["probabilities"][0]
        np.testing.assert_allclose(result, expected, atol=tolerance)


def test_grey_pictures_are_weighed_as_a_camera_does(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=0)],
        "grey",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 8, 8, 1])],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    program = saved(model, tmp_path, image_input=ImageInput(color="GRAYSCALE", bias=(0.0,)))
    green = np.zeros((8, 8, 3), np.uint8)
    green[..., 1] = 100
    assert program.predict({"image": green})["mean"] == pytest.approx(59, abs=0.5)
