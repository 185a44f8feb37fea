"""The interpreter's operations against coremltools' own folding of constants, and Apple's examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from coremltools.converters.mil.mil import Operation
from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

import lienzo_coreml.interpreter.ops  # noqa: F401
from lienzo_coreml.interpreter.registry import EVALUATIONS
from lienzo_coreml.mil import Function, mb, quiet
from lienzo_coreml.mil import coremltools as ct

RANDOM = np.random.default_rng(7)


def floats(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def positive(*shape: int) -> np.ndarray:
    return np.abs(floats(*shape)) + np.float32(0.1)


def between(low: float, high: float, *shape: int) -> np.ndarray:
    return RANDOM.uniform(low, high, shape).astype(np.float32)


def whole(low: int, high: int, *shape: int) -> np.ndarray:
    return RANDOM.integers(low, high, shape).astype(np.int32)


def truths(*shape: int) -> np.ndarray:
    return RANDOM.random(shape) < 0.5


FOLDED: dict[str, Callable[[], dict[str, Any]]] = {
    "abs": lambda: {"x": floats(5)},
    "acos": lambda: {"x": between(-1, 1, 5)},
    "add": lambda: {"x": floats(2, 3), "y": floats(3)},
    "argsort": lambda: {"x": floats(3, 5), "axis": 1, "ascending": True},
    "asin": lambda: {"x": between(-1, 1, 5)},
    "atan": lambda: {"x": floats(5)},
    "atanh": lambda: {"x": between(-0.9, 0.9, 5)},
    "cast": lambda: {"x": floats(4) * 9, "dtype": "int32"},
    "ceil": lambda: {"x": floats(5) * 4},
    "clip": lambda: {"x": floats(9), "alpha": np.float32(-0.5), "beta": np.float32(0.5)},
    "concat": lambda: {"values": [floats(2, 3), floats(2, 3)], "axis": 1},
    "cos": lambda: {"x": floats(5)},
    "cosh": lambda: {"x": floats(5)},
    # Not exclusive: there the folding of coremltools 9 fails. The conformance cases of CumSum cover it.
    "cumsum": lambda: {"x": floats(3, 4), "axis": 1, "exclusive": False, "reverse": True},
    "elu": lambda: {"x": floats(9), "alpha": np.float32(0.7)},
    "equal": lambda: {"x": whole(0, 3, 9), "y": whole(0, 3, 9)},
    "erf": lambda: {"x": floats(5)},
    "exp": lambda: {"x": floats(5)},
    "exp2": lambda: {"x": floats(5)},
    "expand_dims": lambda: {"x": floats(4, 2), "axes": [0, -1]},
    "fill": lambda: {"shape": np.array([2, 3], np.int32), "value": np.float32(1.5)},
    "floor": lambda: {"x": floats(5) * 4},
    "floor_div": lambda: {"x": whole(-9, 9, 20), "y": whole(1, 4, 20)},
    "gather": lambda: {"x": floats(5, 3), "indices": np.array([0, 4, 2, 2], np.int32), "axis": 0},
    "gather_along_axis": lambda: {"x": floats(3, 4), "indices": whole(0, 3, 2, 4), "axis": 0},
    "gelu": lambda: {"x": floats(9), "mode": "TANH_APPROXIMATION"},
    "greater": lambda: {"x": floats(4), "y": floats(4)},
    "greater_equal": lambda: {"x": whole(0, 2, 9), "y": whole(0, 2, 9)},
    "identity": lambda: {"x": floats(2, 3)},
    "inverse": lambda: {"x": positive(4), "epsilon": np.float32(1e-3)},
    "l2_norm": lambda: {"x": floats(1, 2, 3, 4), "epsilon": np.float32(1e-6)},
    "layer_norm": lambda: {"x": floats(2, 3, 4), "axes": [-1], "gamma": floats(4), "beta": floats(4)},
    "leaky_relu": lambda: {"x": floats(9), "alpha": np.float32(0.1)},
    "less": lambda: {"x": floats(4), "y": floats(4)},
    "less_equal": lambda: {"x": whole(0, 2, 9), "y": whole(0, 2, 9)},
    "linear": lambda: {"x": floats(3, 4), "weight": floats(5, 4), "bias": floats(5)},
    "linear_activation": lambda: {"x": floats(4), "alpha": np.float32(2), "beta": np.float32(1)},
    "log": lambda: {"x": positive(4), "epsilon": np.float32(0)},
    "logical_and": lambda: {"x": truths(9), "y": truths(9)},
    "logical_not": lambda: {"x": truths(9)},
    "logical_or": lambda: {"x": truths(9), "y": truths(9)},
    "logical_xor": lambda: {"x": truths(9), "y": truths(9)},
    "matmul": lambda: {"x": floats(2, 4, 3), "y": floats(2, 5, 4), "transpose_x": True, "transpose_y": True},
    "maximum": lambda: {"x": floats(4), "y": floats(4)},
    "minimum": lambda: {"x": floats(4), "y": floats(4)},
    "mod": lambda: {"x": whole(-9, 9, 20), "y": whole(1, 4, 20)},
    "mul": lambda: {"x": floats(2, 3), "y": floats(2, 1)},
    "non_zero": lambda: {"x": whole(0, 2, 3, 4)},
    "not_equal": lambda: {"x": whole(0, 3, 9), "y": whole(0, 3, 9)},
    "pad": lambda: {"x": floats(1, 1, 3, 4), "pad": np.array([1, 1, 2, 0], np.int32), "mode": "reflect"},
    "pow": lambda: {"x": positive(4), "y": floats(4)},
    "prelu": lambda: {"x": floats(1, 3, 4, 2), "alpha": floats(3)},
    "range_1d": lambda: {"start": np.int32(1), "end": np.int32(9), "step": np.int32(3)},
    "real_div": lambda: {"x": floats(2, 3), "y": positive(3)},
    "reduce_argmax": lambda: {"x": whole(0, 4, 5, 9).astype(np.float32), "axis": 1, "keep_dims": True},
    "reduce_argmin": lambda: {"x": whole(0, 4, 5, 9).astype(np.float32), "axis": 0, "keep_dims": False},
    "relu": lambda: {"x": floats(9)},
    "relu6": lambda: {"x": floats(9) * 6},
    "reshape": lambda: {"x": floats(2, 6), "shape": np.array([3, -1], np.int32)},
    "reverse": lambda: {"x": floats(2, 3), "axes": [1]},
    "round": lambda: {"x": np.array([0.5, 1.5, -0.5, 2.4], np.float32)},
    "rsqrt": lambda: {"x": positive(4)},
    # Only "update": coremltools 9 folds every mode like that. The cases of ScatterElements cover the rest.
    "scatter_along_axis": lambda: {
        "data": floats(3, 4),
        "indices": np.array([[0, 1, 2, 0], [1, 2, 0, 2]], np.int32),
        "updates": floats(2, 4),
        "axis": 0,
        "mode": "update",
    },
    "select": lambda: {"cond": truths(6), "a": floats(6), "b": floats(6)},
    "shape": lambda: {"x": floats(2, 3)},
    "sigmoid": lambda: {"x": floats(9)},
    "sigmoid_hard": lambda: {"x": floats(9) * 3, "alpha": np.float32(0.2), "beta": np.float32(0.5)},
    "sign": lambda: {"x": np.array([-2, 0, 3], np.float32)},
    "sin": lambda: {"x": floats(5)},
    "sinh": lambda: {"x": floats(5)},
    "slice_by_index": lambda: {
        "x": floats(4, 5),
        "begin": np.array([1, 0], np.int32),
        "end": np.array([3, 4], np.int32),
        "stride": np.array([1, 2], np.int32),
    },
    "slice_by_size": lambda: {
        "x": floats(4, 5),
        "begin": np.array([1, 2], np.int32),
        "size": np.array([2, -1], np.int32),
    },
    "softmax": lambda: {"x": floats(3, 5), "axis": 0},
    "softplus": lambda: {"x": floats(9)},
    "softsign": lambda: {"x": floats(9)},
    "split": lambda: {"x": floats(4, 5), "split_sizes": [1, 3], "axis": 0},
    "sqrt": lambda: {"x": positive(5)},
    "square": lambda: {"x": floats(5)},
    "squeeze": lambda: {"x": floats(1, 4, 1), "axes": [0]},
    "stack": lambda: {"values": [floats(3), floats(3)], "axis": 1},
    "sub": lambda: {"x": floats(2, 3), "y": floats(3)},
    "tan": lambda: {"x": floats(5)},
    "tanh": lambda: {"x": floats(5)},
    "thresholded_relu": lambda: {"x": floats(9), "alpha": np.float32(0.3)},
    "tile": lambda: {"x": floats(2, 3), "reps": np.array([2, 1], np.int32)},
    "topk": lambda: {"x": floats(2, 7), "k": 3, "axis": -1},
    "transpose": lambda: {"x": floats(2, 3, 4), "perm": [2, 0, 1]},
}
for _name in (
    "l1_norm",
    "l2_norm",
    "log_sum",
    "log_sum_exp",
    "max",
    "mean",
    "min",
    "prod",
    "sum",
    "sum_square",
):
    FOLDED[f"reduce_{_name}"] = lambda: {"x": positive(3, 4, 5), "axes": [0, 2], "keep_dims": True}


def folded_by_coremltools(name: str, arguments: dict[str, Any]) -> list[np.ndarray]:
    """The value that coremltools computes for an operation on constants."""
    with quiet(), Function({"z": mb.placeholder(shape=(1,))}, opset_version=ct.target.iOS16):
        given = {
            key: [mb.const(val=item) for item in value]
            if key == "values"
            else mb.const(val=value)
            if isinstance(value, np.ndarray)
            else value
            for key, value in arguments.items()
        }
        result = getattr(mb, name)(**given)
    several = result if isinstance(result, list | tuple) else [result]
    assert all(var.val is not None for var in several), f"coremltools does not fold {name}"
    return [np.asarray(var.val) for var in several]


@pytest.mark.parametrize("name", sorted(FOLDED))
def test_an_operation_agrees_with_the_folding_of_coremltools(name: str) -> None:
    arguments = FOLDED[name]()
    results = EVALUATIONS[name](**arguments)
    several = results if isinstance(results, tuple) else (results,)
    expected = folded_by_coremltools(name, arguments)
    assert len(several) == len(expected)
    for result, wanted in zip(several, expected, strict=True):
        assert np.shape(result) == wanted.shape
        np.testing.assert_allclose(
            np.asarray(result, np.float64), wanted.astype(np.float64), rtol=2e-6, atol=1e-6
        )


def test_every_operation_that_coremltools_folds_is_compared() -> None:
    foldable = {
        name
        for name in EVALUATIONS
        for kind in SSAOpRegistry.core_ops[name].values()
        if kind.value_inference is not Operation.value_inference
    }
    assert foldable == set(FOLDED)
