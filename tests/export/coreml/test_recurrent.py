"""Recurrent layers with the options that no conformance case has, against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import convert, load_model, save_package
from lienzo_coreml.errors import UnsupportedOp

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
INPUTS, HIDDEN = 3, 5


def layer(
    op: str, *, sequence: Any = 4, batch: Any = 2, lengths: list[int] | None = None, **settings: Any
) -> Any:
    random = np.random.default_rng(2)
    both = 2 if settings.get("direction") == "bidirectional" else 1
    wide = GATES[op] * HIDDEN
    weights = {"w": (both, wide, INPUTS), "r": (both, wide, HIDDEN), "b": (both, 2 * wide)}
    constants = [
        numpy_helper.from_array(random.normal(0, 0.5, shape).astype(np.float32), name)
        for name, shape in weights.items()
    ]
    if lengths:
        constants.append(numpy_helper.from_array(np.array(lengths, np.int32), "lengths"))
    outputs = ["y", "h", "c"][: 3 if op == "LSTM" else 2]
    node = helper.make_node(
        op, ["x", "w", "r", "b", "lengths" if lengths else ""], outputs, hidden_size=HIDDEN, **settings
    )
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [sequence, batch, INPUTS])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list("stuv")[: 4 if name == "y" else 3])
            for name in outputs
        ],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=9)


def check(model: onnx.ModelProto, folder: Path, *shapes: tuple[int, int], **options: Any) -> list[str]:
    package = load_model(save_package(convert(model, **options), folder / "layer.mlpackage"))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for sequence, batch in shapes:
        x = np.random.default_rng(3).normal(size=(sequence, batch, INPUTS)).astype(np.float32)
        answers = package.predict({"x": x})
        for name, expected in zip(package.outputs, session.run(None, {"x": x}), strict=True):
            np.testing.assert_allclose(answers[name], expected, atol=1e-5)
    return package.program.operations


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_sequences_of_different_lengths(op: str, direction: str, tmp_path: Path) -> None:
    check(layer(op, direction=direction, lengths=[4, 2]), tmp_path, (4, 2))


@pytest.mark.parametrize(
    ("op", "settings"),
    [
        ("RNN", {"activations": ["LeakyRelu"], "activation_alpha": [0.1]}),
        ("RNN", {"activations": ["Relu"], "direction": "reverse"}),
        ("GRU", {"linear_before_reset": 1, "direction": "bidirectional"}),
        ("GRU", {"activations": ["HardSigmoid", "Softsign"], "clip": 0.4}),
        ("LSTM", {"clip": 0.3}),
        ("LSTM", {"activations": ["Sigmoid", "Relu", "Tanh"]}),
        (
            "LSTM",
            {
                "activations": ["HardSigmoid", "ScaledTanh", "Elu"],
                "activation_alpha": [0.3, 1.2, 0.9],
                "activation_beta": [0.4, 1.5],
            },
        ),
        ("LSTM", {"input_forget": 1}),
    ],
)
def test_options_of_recurrent_layers(op: str, settings: dict[str, Any], tmp_path: Path) -> None:
    check(layer(op, **settings), tmp_path, (4, 2))


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_core_mls_own_layer_takes_sequences_and_batches_of_any_length(direction: str, tmp_path: Path) -> None:
    model = layer("LSTM", sequence="time", batch="rows", direction=direction)
    assert check(model, tmp_path, (3, 2), (7, 1)).count("lstm") == 1


def test_an_lstm_stays_in_fp32_where_the_rest_is_fp16(tmp_path: Path) -> None:
    x = np.random.default_rng(3).normal(size=(4, 2, INPUTS)).astype(np.float32)
    model = layer("LSTM")
    package = load_model(save_package(convert(model, precision="fp16"), tmp_path / "half.mlpackage"))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(package.predict({"x": x})["y"], session.run(["y"], {"x": x})[0], atol=5e-3)


def test_a_gru_over_a_sequence_of_open_length_is_refused_by_name() -> None:
    with pytest.raises(
        UnsupportedOp, match=r"GRU .*a sequence of .* steps, each of which becomes operations"
    ):
        convert(layer("GRU", sequence="time"))
