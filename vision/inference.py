"""Opens onnxruntime sessions as all of lienzo runs them: one thread, on the CPU, without telemetry."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

TELEMETRY_SWITCH = "ORT_DISABLE_TELEMETRY"


def open_session(model: bytes | str) -> InferenceSession:
    """Opens an ONNX model for inference.

    One thread computes sums in a fixed order, so that the same input gives the same bits everywhere; callers
    bring the parallelism. Builds of onnxruntime from 1.31 on send telemetry by default: it is switched off
    before the library is loaded, unless the variable is set already.

    Args:
        model: A serialised ONNX model, or the path of its file.

    Raises:
        Exception: When onnxruntime refuses the model; its exceptions share no other base class.
    """
    os.environ.setdefault(TELEMETRY_SWITCH, "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
