"""Runs an ONNX graph as the server does."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from vision.inference import open_session


class GraphSession:
    """One graph with one input and one output, both float32, on one thread."""

    def __init__(self, model: onnx.ModelProto | bytes) -> None:
        content = model if isinstance(model, bytes) else model.SerializeToString()
        self._session = open_session(content)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def run(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Computes the output for one input."""
        return np.asarray(self._session.run([self._output], {self._input: values})[0], np.float32)
