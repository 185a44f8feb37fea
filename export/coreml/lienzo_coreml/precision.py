"""Selects where half precision and compressed weights are safe."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.mil import coremltools as ct

EXACT_PREFIX = "exact_"
"""Name prefix of operations that stay in fp32: comparisons with thresholds, indices, squared distances."""
COMPRESSED_OPS = ("linear", "conv")
MIN_COMPRESSED_WEIGHTS = 2048


WHOLE_LIMIT = 2048.0
"""Above this, half precision cannot represent every integer, so counts and comparisons would change."""
HALF = np.finfo(np.float16)


def compute_precision(name: str, wide: Collection[str] = ()) -> Any:
    """Returns coremltools' precision setting for `fp32` or `fp16`.

    With fp16 these operations stay in fp32: those marked exact, those with a constant outside the range of
    half precision and those that read their results, and those that read or write a wide value.

    Args:
        name: `fp32` or `fp16`.
        wide: Names of values that exceeded `WHOLE_LIMIT` on samples.
    """
    if name == "fp32":
        return ct.precision.FLOAT32

    def may_be_half(operation: Any) -> bool:
        given = _variables(operation)
        return (
            not str(operation.name).startswith(EXACT_PREFIX)
            and not any(var.name in wide for var in [*given, *operation.outputs])
            and _constants_fit(operation)
            # A value clamped to a tiny epsilon must stay in fp32 until its root or quotient is computed.
            and all(var.op is None or _constants_fit(var.op) for var in given)
        )

    return ct.transform.FP16ComputePrecision(op_selector=may_be_half)


def _variables(operation: Any) -> list[Any]:
    found: list[Any] = []
    for value in operation.inputs.values():
        found += value if isinstance(value, list | tuple) else [value]
    return [var for var in found if hasattr(var, "name")]


def _constants_fit(operation: Any) -> bool:
    return all(_fits_half(var.val) for var in _variables(operation))


def _fits_half(value: Any) -> bool:
    array = np.asarray(value)
    if value is None or array.dtype.kind != "f" or not array.size:
        return True
    sizes = np.abs(array)
    # Only the largest element must not underflow: an epsilon or a clamp has no other, and weights may lose
    # their smallest ones.
    return bool(sizes.max() <= HALF.max and (sizes.max() == 0 or sizes.max() >= HALF.tiny))


def compressed(model: Any, method: str) -> Any:
    """Compresses the weights of linear layers and convolutions; everything else stays as it is.

    Args:
        model: An ML Program.
        method: `int8` (linear quantisation, symmetric, per channel) or `palette8` (a table of 256 values).
    """
    optimize = ct.optimize.coreml
    if method == "int8":
        setting = optimize.OpLinearQuantizerConfig(
            mode="linear_symmetric", weight_threshold=MIN_COMPRESSED_WEIGHTS
        )
        compress = optimize.linear_quantize_weights
    else:
        setting = optimize.OpPalettizerConfig(
            mode="uniform", nbits=8, weight_threshold=MIN_COMPRESSED_WEIGHTS
        )
        compress = optimize.palettize_weights
    found = optimize.get_weights_metadata(model, weight_threshold=MIN_COMPRESSED_WEIGHTS)
    # A weight that another operation uses too must stay exact there, such as VLAD's codebook.
    chosen = [
        name
        for name, weight in found.items()
        if all(operation.op_type in COMPRESSED_OPS for operation in weight.child_ops)
    ]
    if not chosen:
        raise UnsupportedModel(
            f"nothing to quantize: no layer has {MIN_COMPRESSED_WEIGHTS} weights of its own"
        )
    return compress(model, config=optimize.OptimizationConfig(op_name_configs=dict.fromkeys(chosen, setting)))
