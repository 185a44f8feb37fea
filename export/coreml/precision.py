"""Half precision and compressed weights, where they are safe."""

from __future__ import annotations

from typing import Any

from export.coreml.mil import coremltools as ct

EXACT_PREFIX = "exact_"
"""Operations whose names begin so stay in fp32: comparisons with thresholds, indices, squared distances."""
COMPRESSED_OPS = ("linear", "conv")
MIN_COMPRESSED_WEIGHTS = 2048


def compute_precision(name: str) -> Any:
    """The coremltools precision for `fp32` or `fp16`; fp16 leaves out operations marked exact."""
    if name == "fp32":
        return ct.precision.FLOAT32
    return ct.transform.FP16ComputePrecision(op_selector=_may_be_half)


def _may_be_half(operation: Any) -> bool:
    return not str(operation.name).startswith(EXACT_PREFIX)


def compressed(model: Any, method: str) -> Any:
    """Compresses the weights of linear layers and convolutions; everything else keeps full precision.

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
    return compress(
        model, config=optimize.OptimizationConfig(op_type_configs=dict.fromkeys(COMPRESSED_OPS, setting))
    )
