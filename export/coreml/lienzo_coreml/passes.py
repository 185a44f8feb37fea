"""Selects the graph passes of coremltools that run on a converted program.

The default pipeline has 92 passes, most of which recognise patterns of TensorFlow and PyTorch exporters. Our
handlers write the intended operations directly, so only clean-up and folding batch normalisation into
convolutions are left. That takes a quarter of the time.

Three passes are omitted because they are wrong in coremltools 9: `fuse_conv_scale` mistakes a constant
divided by a convolution for the convolution divided by the constant, `fuse_conv_bias` fails when a constant
is subtracted ("output array is read-only"), and `fuse_linear_bias` when a scalar is added to a single output.
What they would have fused stays a separate operation.
"""

from __future__ import annotations

from typing import Any

from lienzo_coreml.mil import coremltools as ct

TIDYING = (
    "common::dead_code_elimination",
    "common::const_elimination",
    "common::cast_optimization",
    "common::noop_elimination",
    "common::sanitize_input_output_names",
)
FUSION = (
    "common::reduce_transposes",
    "common::fuse_conv_batchnorm",
    "common::merge_consecutive_reshapes",
)
HALVING = (
    "common::dedup_op_and_var_names",
    "common::add_fp16_cast",
    "common::const_elimination",
    "common::cast_optimization",
)
ENDING = (
    "common::const_deduplication",
    "common::remove_redundant_ops",
    "common::dedup_op_and_var_names",
    "common::topological_reorder",
    "common::dead_code_elimination",
)


def pass_pipeline(precision: str) -> Any:
    """Returns the passes for `fp32` or `fp16`, in order."""
    halving = HALVING if precision == "fp16" else ()
    return ct.PassPipeline(pass_names=[*TIDYING, *FUSION, *halving, *ENDING], pipeline_name="lienzo")
