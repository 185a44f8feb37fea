"""Which of coremltools' graph passes run on a program that this converter built.

Its default pipeline recognises the habits of TensorFlow and PyTorch exporters in 92 passes. Our handlers
write the operations they mean: tidying up, and folding batch normalisation into convolutions, is all that is
left. That takes a fourth of the time.

Three passes are left out because they are wrong in coremltools 9: `fuse_conv_scale` takes a constant divided
by a convolution for the convolution divided by the constant, `fuse_conv_bias` fails where a constant is
subtracted ("output array is read-only"), and `fuse_linear_bias` where a scalar is added to a single output.
What they would have fused stays an operation of its own.
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
    """The passes for `fp32` or `fp16`, in order."""
    halving = HALVING if precision == "fp16" else ()
    return ct.PassPipeline(pass_names=[*TIDYING, *FUSION, *halving, *ENDING], pipeline_name="lienzo")
