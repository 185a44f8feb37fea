"""Operations of the interpreter that coremltools does not fold: definitions, inverses, examples of Apple."""

from __future__ import annotations

import numpy as np
import pytest

import lienzo_coreml.interpreter.ops  # noqa: F401
from lienzo_coreml.interpreter.registry import EVALUATIONS
from lienzo_coreml.mil import Function, mb, quiet
from lienzo_coreml.mil import coremltools as ct
from tests.export.coreml.test_interpreter_operations import FOLDED

RANDOM = np.random.default_rng(8)
# Who checks what coremltools cannot: no operation of the interpreter is checked by nobody.
CHECKED = {
    "here": {
        "constexpr_affine_dequantize",
        "constexpr_lut_to_dense",
        "conv_transpose",
        "depth_to_space",
        "instance_norm",
        "one_hot",
        "pixel_shuffle",
        "pixel_unshuffle",
        "resize_bilinear",
        "scatter",
        "silu",
        "space_to_depth",
        "upsample_bilinear",
        "upsample_nearest_neighbor",
    },
    "the conformance cases of the onnx package": {
        "avg_pool",
        "batch_norm",
        "conv",
        "gather_nd",
        "local_response_norm",
        "lstm",
        "max_pool",
        "non_maximum_suppression",
        "resample",
        "rnn",
        "scatter_nd",
    },
    "packages of coremltools against torch": {"crop"},
    "compressed networks against onnxruntime": {"constexpr_blockwise_shift_scale", "constexpr_cast"},
    "classifiers against scikit-learn": {"classify"},
}


def floats(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def test_every_operation_is_checked_by_someone() -> None:
    assert set(EVALUATIONS) - set(FOLDED) == set().union(*CHECKED.values())


def test_operations_that_only_other_converters_write_follow_their_definition() -> None:
    x = floats(2, 3, 4, 4)
    np.testing.assert_allclose(EVALUATIONS["silu"](x), x / (1 + np.exp(-x)), rtol=1e-6)
    scaled = EVALUATIONS["instance_norm"](x, floats(3) * 0 + 2, floats(3) * 0 + 1, 0.0)
    np.testing.assert_allclose(scaled.mean((2, 3)), 1, atol=1e-5)
    np.testing.assert_allclose(scaled.std((2, 3)), 2, rtol=1e-5)
    marked = EVALUATIONS["one_hot"](np.array([2, 0]), 3, on_value=np.float32(5))
    np.testing.assert_array_equal(marked, [[0, 0, 5], [5, 0, 0]])
    data, indices = np.zeros((3, 2), np.float32), np.array([1, 1])
    updates = np.array([[1, 2], [3, 4]], np.float32)
    np.testing.assert_array_equal(EVALUATIONS["scatter"](data, indices, updates), [[0, 0], [4, 6], [0, 0]])
    ramp = np.array([0, 1], np.float32).reshape(1, 1, 1, 2)
    wider = EVALUATIONS["upsample_nearest_neighbor"](ramp, 1, 2)
    np.testing.assert_array_equal(wider.ravel(), [0, 0, 1, 1])
    wider = EVALUATIONS["upsample_bilinear"](ramp, 1, 2, align_corners=True)
    np.testing.assert_allclose(wider.ravel(), [0, 1 / 3, 2 / 3, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("UNALIGN_CORNERS", 5, [0, 0.1, 0.5, 0.9, 1]),
        ("STRICT_ALIGN_CORNERS", 5, [0, 0.25, 0.5, 0.75, 1]),
        ("DEFAULT", 5, [0, 0.4, 0.8, 1, 1]),
        ("OFFSET_CORNERS", 5, [0.1, 0.3, 0.5, 0.7, 0.9]),
        ("UNALIGN_CORNERS", 6, [0, 0, 1 / 3, 2 / 3, 1, 1]),
    ],
)
def test_resizing_samples_where_the_notes_of_apple_say(mode: str, size: int, expected: list[float]) -> None:
    ramp = np.array([0, 1], np.float32).reshape(1, 1, 1, 2)
    result = EVALUATIONS["resize_bilinear"](ramp, 1, size, mode)
    np.testing.assert_allclose(result.ravel(), expected, atol=1e-6)


def test_space_and_depth_undo_each_other() -> None:
    x = floats(2, 4, 6, 6)
    np.testing.assert_array_equal(EVALUATIONS["depth_to_space"](EVALUATIONS["space_to_depth"](x, 2), 2), x)
    np.testing.assert_array_equal(EVALUATIONS["pixel_shuffle"](EVALUATIONS["pixel_unshuffle"](x, 2), 2), x)


def test_convolution_transposed_is_the_adjoint_of_convolution() -> None:
    weight, x, y = floats(4, 3, 3, 3), floats(1, 3, 9, 9), floats(1, 4, 4, 4)
    strides = np.array([2, 2])
    forward = EVALUATIONS["conv"](x, weight, strides=strides)
    backward = EVALUATIONS["conv_transpose"](y, weight, strides=strides)
    np.testing.assert_allclose((forward * y).sum(), (backward * x).sum(), rtol=1e-4)


def test_stored_tables_and_scales_agree_with_coremltools() -> None:
    with quiet(), Function({"z": mb.placeholder(shape=(1,))}, opset_version=ct.target.iOS16):
        scaled = mb.constexpr_affine_dequantize(
            quantized_data=np.arange(-6, 6, dtype=np.int8).reshape(3, 4),
            zero_point=np.array([0, 1, 2], np.int8),
            scale=np.array([0.5, 0.25, 2], np.float32),
            axis=0,
        )
        table = mb.constexpr_lut_to_dense(
            indices=np.array([0b11100100, 0b00011011], np.uint8),
            lut=np.array([0.5, 1.5, 2.5, 3.5], np.float32),
            shape=np.array([2, 4], np.uint32),
        )
    for var, name in ((scaled, "constexpr_affine_dequantize"), (table, "constexpr_lut_to_dense")):
        arguments = {key: value.val for key, value in var.op.inputs.items()}
        np.testing.assert_allclose(
            EVALUATIONS[name](**arguments), var.op.materialized_val_inference(), rtol=1e-6
        )
