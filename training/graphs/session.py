"""Runs an ONNX graph as the server does."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from vision.inference import open_session


class GraphSession:
    """One graph with one input and one or several outputs, all float32, on one thread."""

    def __init__(self, model: onnx.ModelProto | bytes) -> None:
        content = model if isinstance(model, bytes) else model.SerializeToString()
        self._session = open_session(content)
        self._input = self._session.get_inputs()[0].name
        self.outputs = tuple(each.name for each in self._session.get_outputs())

    def run(self, values: NDArray[np.float32], output: str = "") -> NDArray[np.float32]:
        """Computes an output for one input, the first if none is named."""
        wanted = [output or self.outputs[0]]
        return np.asarray(self._session.run(wanted, {self._input: values})[0], np.float32)
