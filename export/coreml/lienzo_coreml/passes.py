"""Selects the graph passes of coremltools that run on a converted program, after one of our own.

The default pipeline has 92 passes, most of which recognise patterns of TensorFlow and PyTorch exporters. Our
handlers write the intended operations directly, so only clean-up and folding batch normalisation into
convolutions are left. That takes a quarter of the time.

Three passes are omitted because they are wrong in coremltools 9: `fuse_conv_scale` mistakes a constant
divided by a convolution for the convolution divided by the constant, `fuse_conv_bias` fails when a constant
is subtracted ("output array is read-only"), and `fuse_linear_bias` when a scalar is added to a single output.
What they would have fused stays a separate operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lienzo_coreml.axes import MAX_RANK, Folded
from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.mil import coremltools as ct
from lienzo_coreml.mil import mb
from lienzo_coreml.rewritings import REWRITINGS
from lienzo_coreml.values import Value

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


def fold_axes(function: Any, origins: Mapping[Any, str]) -> None:
    """Rewrites the operations of a function that read or give more than five axes.

    Args:
        function: The `main` function, once its outputs are set.
        origins: The ONNX nodes, for the message, by the variables that they have given.

    Raises:
        UnsupportedModel: For the first operation that cannot be written with five; it names the node.
    """
    folded, replaced = Folded(), []
    for operation in list(function.operations):
        if operation.op_type == "const" or not _is_wide(operation):
            continue
        origin = next((origins[var] for var in operation.outputs if var in origins), operation.name)
        most = max(len(var.shape) for var in _variables(operation))
        reason = f"{origin}: {operation.op_type} on {most} axes, and Core ML has at most {MAX_RANK}"
        if operation.op_type not in REWRITINGS:
            raise UnsupportedModel(reason)
        try:
            with function, mb.set_before_op(operation):
                values = REWRITINGS[operation.op_type](folded, operation)
                _replace(function, folded, operation, values)
        except ValueError as error:
            raise UnsupportedModel(f"{reason} ({error})") from error
        replaced.append(operation)
    function.remove_ops(replaced[::-1])


def _replace(function: Any, folded: Folded, operation: Any, values: Sequence[Value]) -> None:
    for old, new in zip(operation.outputs, values, strict=True):
        folded.hold(old, new)
        if len(old.shape) <= MAX_RANK:
            whole = folded.view(old, old.shape)
            function.replace_uses_of_var_after_op(
                anchor_op=operation, old_var=old, new_var=whole, no_check_var_types=True
            )
            folded.hold(old, whole)


def _variables(operation: Any) -> list[Any]:
    found = list(operation.outputs)
    for value in operation.inputs.values():
        found += value if isinstance(value, list | tuple) else [value]
    return [var for var in found if hasattr(var, "shape") and var.shape is not None]


def _is_wide(operation: Any) -> bool:
    return any(len(var.shape) > MAX_RANK for var in _variables(operation))
