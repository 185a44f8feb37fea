"""onnxruntime as all of lienzo runs it: one thread a call, on the processor, and nothing told to anybody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

TELEMETRY_SWITCH = "ORT_DISABLE_TELEMETRY"


def open_session(model: bytes | str) -> InferenceSession:
    """Prepares a graph to be run.

    One thread, so that sums are taken in one order and the same input gives the same bits everywhere; callers
    are the parallelism. Builds of onnxruntime from 1.31 on send usage data to their maker by default; the
    switch is set before it is loaded, unless somebody set it already.

    Args:
        model: A serialised ONNX model, or the path of its file.

    Raises:
        Exception: onnxruntime's own, which share no other class, when it refuses the graph.
    """
    os.environ.setdefault(TELEMETRY_SWITCH, "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
